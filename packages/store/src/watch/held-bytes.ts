import { ProtocolError } from '@sotto/protocol';

/** When it may be tried again, milliseconds. */
const RETRY_AFTER_MS = 500;

export interface HeldBounds {
  /** Bytes in all, above which more are refused. */
  readonly total: number;
  /** Bytes under one key: what one floods leaves room for others. */
  readonly each: number;
}

/** Counts what was taken and is not done, so that a queue is refused and not grown when it is full. */
export class HeldBytes {
  readonly #bounds: HeldBounds;
  readonly #each = new Map<string, number>();
  #total = 0;

  constructor(bounds: HeldBounds) {
    this.#bounds = bounds;
  }

  get total(): number {
    return this.#total;
  }

  /** Holds so many bytes while the task runs. @throws ProtocolError `sync/store-unavailable` at once when there is no room */
  async during<T>(key: string, bytes: number, task: () => Promise<T>): Promise<T> {
    const held = this.#each.get(key) ?? 0;
    // Something of its own always fits where nothing is.
    const isFull = (before: number, most: number) => before > 0 && before + bytes > most;
    if (isFull(this.#total, this.#bounds.total) || isFull(held, this.#bounds.each))
      throw new ProtocolError('sync/store-unavailable', {
        detail: 'too much waits',
        retryAfterMs: RETRY_AFTER_MS,
      });
    this.#total += bytes;
    this.#each.set(key, held + bytes);
    try {
      return await task();
    } finally {
      this.#total -= bytes;
      const left = this.#each.get(key)! - bytes;
      if (left === 0) this.#each.delete(key);
      else this.#each.set(key, left);
    }
  }
}
