import type { DocumentName, LogName } from '@sotto/protocol';
import { LIMITS, ProtocolError } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';

/** A place in a segment for envelopes that are about to be written. Give it back when they are, or are not. */
export type Release = () => void;

/** Keeps every segment within its bounds (SPEC S7), counting also what is being written at this moment. */
export class Segments {
  readonly #log: LogStore;
  readonly #reserved = new Map<DocumentName, number>();

  constructor(log: LogStore) {
    this.#log = log;
  }

  /**
   * Makes room for `count` envelopes in a segment.
   * @throws ProtocolError `sync/segment-closed` when it is full, too old or not to be opened yet
   */
  async reserve(log: LogName, document: DocumentName, segment: number, count: number): Promise<Release> {
    // First the place, then the count: a batch that is written and gives its place back while this one reads is in
    // `before` if it may not be in `held`. Those that come later count this one.
    const before = this.#reserved.get(document) ?? 0;
    this.#reserved.set(document, before + count);
    const release = () => this.#release(document, count);
    try {
      const held = await this.#held(log, document, segment);
      if (held + before + count > LIMITS.segmentHard) throw new ProtocolError('sync/segment-closed');
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** As {@link reserve}, at once: where the store knows the newest segment without looking and there is room in it. */
  reserveKnown(log: LogName, document: DocumentName, segment: number, count: number): Release | undefined {
    const head = this.#log.peekHead?.(log);
    if (head?.segment !== segment) return undefined;
    const before = this.#reserved.get(document) ?? 0;
    if (head.count + before + count > LIMITS.segmentHard) return undefined;
    this.#reserved.set(document, before + count);
    return () => this.#release(document, count);
  }

  #release(document: DocumentName, count: number): void {
    const left = this.#reserved.get(document)! - count;
    if (left === 0) this.#reserved.delete(document);
    else this.#reserved.set(document, left);
  }

  /** Envelopes in a segment that may be written to. */
  async #held(log: LogName, document: DocumentName, segment: number): Promise<number> {
    const head = await this.#log.head(log);
    if (segment === head.segment) return head.count;
    if (segment === head.segment + 1 && head.count >= LIMITS.segmentSoft) return 0;
    if (segment !== head.segment - 1) throw new ProtocolError('sync/segment-closed');
    const vector = await this.#log.stateVector(document);
    return [...vector.values()].reduce((sum, next) => sum + next, 0);
  }
}
