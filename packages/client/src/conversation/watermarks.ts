import type { DeviceId } from '@sotto/protocol';
import { compareSpelling } from './clock.js';

/** Whose envelopes a sequence counts: one writer session of one device. */
export interface Feed {
  readonly device: DeviceId;
  /** Of the device's lease: sequences begin anew with each. */
  readonly generation: number;
}

/** How far somebody has come in a feed of the message log: feed sequences, or -1 for nothing yet. */
export interface Watermark extends Feed {
  readonly delivered: number;
  /** Never above `delivered`. */
  readonly read: number;
}

export const NOTHING = -1;

/** One spelling of a feed, for use as a key. */
export function feedKey(feed: Feed): string {
  return `${feed.device}.${feed.generation}`;
}

/** The highest watermark of each feed. They only rise, so the order they come in does not matter. */
export class Watermarks {
  readonly #marks = new Map<string, Watermark>();

  /** @returns whether anything rose */
  raise(mark: Watermark): boolean {
    const key = feedKey(mark);
    const old = this.#marks.get(key);
    const read = Math.max(mark.read, old?.read ?? NOTHING);
    const delivered = Math.max(mark.delivered, read, old?.delivered ?? NOTHING);
    if (old ? delivered === old.delivered && read === old.read : delivered === NOTHING) return false;
    this.#marks.set(key, { device: mark.device, generation: mark.generation, delivered, read });
    return true;
  }

  delivered(feed: Feed): number {
    return this.#marks.get(feedKey(feed))?.delivered ?? NOTHING;
  }

  read(feed: Feed): number {
    return this.#marks.get(feedKey(feed))?.read ?? NOTHING;
  }

  /** All of them, by device and generation: what a receipt carries. */
  list(): Watermark[] {
    return [...this.#marks.values()].sort(
      (a, b) => compareSpelling(a.device, b.device) || a.generation - b.generation,
    );
  }
}
