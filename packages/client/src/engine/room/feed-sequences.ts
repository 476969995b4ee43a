import type { DeviceId, Position } from '@sotto/protocol';
import { Sequences } from '../../conversation/sequences.js';
import { type Feed, feedKey } from '../../conversation/watermarks.js';
import type { Read } from './log-reader.js';

/** Something that an author said, as others name it, and that is not here. */
export interface MissingPart extends Feed {
  /** The first sequence that is missing. */
  readonly seq: number;
  /** When what comes after it was said, milliseconds since 1970; null where nothing does. */
  readonly at: number | null;
}

/** Parts of one feed that are told of at most: more says nothing more. */
const MOST = 4;

/**
 * Which sequences of each author's feed are here, of the segments that were read. A feed's sequence has no holes (SPEC X7, X9): what is
 * missing between two of them was said and is not here.
 */
export class FeedSequences {
  readonly #feeds = new Map<string, Feed & { readonly here: Sequences }>();
  /** How far others say that they have a feed. */
  readonly #said = new Map<string, number>();
  /** Envelopes that wait for a key, by position: which sequence they have is sealed. */
  readonly #waiting = new Map<string, DeviceId>();

  take({ entries, waiting }: Read): void {
    for (const { position, device } of waiting)
      if (isMessages(position)) this.#waiting.set(nameOf(position), device);
    for (const { position, device, generation, seq, event } of entries) {
      if (!isMessages(position)) continue;
      this.#waiting.delete(nameOf(position));
      this.#of({ device, generation }).here.add(seq, event.clock.wall);
    }
  }

  /** Somebody says that they have this feed up to here. */
  said({ device, generation, delivered }: Feed & { readonly delivered: number }): void {
    const key = feedKey({ device, generation });
    this.#said.set(key, Math.max(this.#said.get(key) ?? -1, delivered));
  }

  has({ device, generation, seq }: Feed & { readonly seq: number }): boolean {
    return this.#feeds.get(feedKey({ device, generation }))?.here.has(seq) ?? false;
  }

  /** What is missing here, as far as it can be known. */
  missing(): MissingPart[] {
    const unopened = new Set(this.#waiting.values());
    // Of a feed that nothing is here of nothing is said: it may be from before this account joined.
    return [...this.#feeds].flatMap(([key, { device, generation, here }]) => {
      if (unopened.has(device)) return [];
      const said = this.#said.get(key) ?? -1;
      const gaps: MissingPart[] = here.gaps().map((gap) => ({ device, generation, ...gap }));
      if (said > here.last) gaps.push({ device, generation, seq: here.last + 1, at: null });
      return gaps.slice(-MOST);
    });
  }

  #of(feed: Feed) {
    const key = feedKey(feed);
    let known = this.#feeds.get(key);
    if (!known) {
      known = { ...feed, here: new Sequences() };
      this.#feeds.set(key, known);
    }
    return known;
  }
}

const isMessages = ({ document }: Position): boolean => document.startsWith('m.');

function nameOf({ document, client, clock }: Position): string {
  return `${document}/${client}/${clock}`;
}
