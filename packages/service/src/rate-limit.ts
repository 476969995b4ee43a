import { ProtocolError } from '@sotto/protocol';

export interface RateLimit {
  /** Takes that can come at once. */
  readonly capacity: number;
  /** Takes that come back each second. */
  readonly refillPerS: number;
  /** Keys remembered at once. Above it the one used longest ago is forgotten, whose bucket is the likeliest to be full. */
  readonly maxKeys: number;
  /** Milliseconds on any clock that does not go back. */
  readonly now?: () => number;
  readonly code?: 'request/too-fast' | 'sync/too-fast';
}

/** What sums of fractions are off by, at most. */
const ROUNDING = 1e-6;

interface Bucket {
  level: number;
  at: number;
}

/** Token buckets by key, in memory. */
export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #now: () => number;
  /** In order of use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: RateLimit) {
    this.#limit = limit;
    this.#now = limit.now ?? (() => performance.now());
  }

  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes from the key's bucket.
   * @param cost tokens, 1 unless told
   * @throws ProtocolError `request/too-fast` with the wait when the bucket holds less; nothing is taken then
   */
  take(key: string, cost = 1): void {
    const bucket = this.#bucket(key);
    if (bucket.level < cost - ROUNDING) {
      const { code = 'request/too-fast', refillPerS } = this.#limit;
      const waitMs = ((cost - bucket.level) / refillPerS) * 1000;
      throw new ProtocolError(code, { retryAfterMs: Math.ceil(waitMs - ROUNDING) });
    }
    bucket.level -= cost;
  }

  /** Puts back what was taken, where nothing came of it. */
  give(key: string, cost = 1): void {
    const bucket = this.#bucket(key);
    bucket.level = Math.min(this.#limit.capacity, bucket.level + cost);
  }

  #bucket(key: string): Bucket {
    const { capacity, refillPerS, maxKeys } = this.#limit;
    const at = this.#now();
    const known = this.#buckets.get(key);
    const level = known ? Math.min(capacity, known.level + ((at - known.at) / 1000) * refillPerS) : capacity;
    const bucket = { level, at };
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > maxKeys) this.#forgetOldest();
    return bucket;
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
