import { createHash } from 'node:crypto';
import type { DeviceFrame, ServerFrame } from '@sotto/protocol';
import {
  DEVICE_UPDATE,
  decodeDeviceFrame,
  decodeServerFrame,
  parseUpdate,
  unpackFrames,
} from '@sotto/protocol';
import type { Acknowledged } from './messages.js';

interface Sent {
  readonly document: string;
  readonly client: number;
  readonly clock: number;
  readonly hash: string;
}

/** Refusals that are told. */
const MOST_TOLD = 8;

/** Hash by which two bodies are told apart. */
export function hashOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, 22);
}

/** Listens in on one socket: what was sent, and what of it the server said is durable. */
export class WireWitness {
  readonly #tell: (records: readonly Acknowledged[]) => void;
  #sent: Sent[] = [];
  readonly #advances = new Map<number, readonly Sent[]>();

  /** Batches without an answer, and when they went, by the monotonic clock. */
  readonly #open = new Map<number, { readonly document: string; readonly at: number }>();
  #refusals: string[] = [];

  constructor(tell: (records: readonly Acknowledged[]) => void) {
    this.#tell = tell;
  }

  /** What waits for an answer, and what was refused last: for who looks into why a client does not come to rest. */
  report(): string {
    const now = performance.now();
    const open = [...this.#open].map(
      ([batch, { document, at }]) => `${batch} to ${document} for ${Math.round(now - at)} ms`,
    );
    return `unanswered: ${open.join(', ') || 'nothing'}; refused: ${this.#refusals.join(', ') || 'nothing'}`;
  }

  outgoing(message: Uint8Array): void {
    for (const frame of unpackFrames(message)) this.#goes(decodeDeviceFrame(frame));
  }

  incoming(message: Uint8Array): void {
    for (const frame of unpackFrames(message)) this.#comes(decodeServerFrame(frame));
  }

  #goes(frame: DeviceFrame): void {
    if (frame.type !== 'append' && frame.type !== 'advance') return;
    this.#open.set(frame.batch, { document: frame.document, at: performance.now() });
    const sent = parseUpdate(new Uint8Array(frame.update), frame.document, DEVICE_UPDATE).flatMap(
      ({ records }) =>
        records.map((record) => ({
          ...{ document: record.document, client: record.client, clock: record.clock },
          hash: hashOf(record.body),
        })),
    );
    if (frame.type === 'advance') this.#advances.set(frame.batch, sent);
    else this.#sent.push(...sent);
  }

  #comes(frame: ServerFrame): void {
    if ('batch' in frame) this.#open.delete(frame.batch);
    if (frame.type === 'error')
      this.#refusals = [
        ...this.#refusals.slice(1 - MOST_TOLD),
        `${frame.code} ${frame.subject} ${frame.retryAfterMs}`,
      ];
    if (frame.type === 'advanced') {
      this.#acknowledge(this.#advances.get(frame.batch) ?? []);
      this.#advances.delete(frame.batch);
    }
    if (frame.type !== 'ack') return;
    const { document, client, next } = frame;
    const isIn = (sent: Sent) => sent.document === document && sent.client === client && sent.clock < next;
    this.#acknowledge(this.#sent.filter(isIn));
    this.#sent = this.#sent.filter((sent) => !isIn(sent));
  }

  #acknowledge(records: readonly Sent[]): void {
    if (records.length === 0) return;
    this.#tell(records.map(({ document, client, clock, hash }) => [document, client, clock, hash] as const));
  }
}
