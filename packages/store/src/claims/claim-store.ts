import type { Unsubscribe } from '../log/log-store.js';

/** Something unique or used once that somebody owns. Immutable. */
export interface Claim {
  /** `<family>:<rest>`, chosen by the claimant's part; characters `[A-Za-z0-9:._@+-]` and above, no control characters. */
  readonly key: string;
  /** 16 random bytes: tells the owner's claim from a rival's with the same body. */
  readonly nonce: Uint8Array;
  readonly body: Uint8Array;
  /** When it was made, milliseconds since 1970. */
  readonly at: number;
}

export interface ClaimRange {
  /** Keys that begin so. */
  readonly prefix: string;
  /** Keys after this one only. */
  readonly after?: string;
  readonly limit?: number;
  /** Highest key first. */
  readonly reverse?: boolean;
}

/** Somebody else owns the key. */
export class ClaimTakenError extends Error {
  override readonly name = 'ClaimTakenError';
  readonly key: string;

  constructor(key: string) {
    super('claim taken');
    this.key = key;
  }
}

/**
 * Whatever must be unique or used once. Never a compare-and-set: a claim is written once, read by all, confirmed by
 * its owner; what stays unconfirmed expires, so a crash between the steps blocks nobody for long.
 */
export interface ClaimStore {
  /**
   * Claims `key`. Others are told it is taken from now on; `get`, `list` and `watch` show it after `confirm`.
   * @param options `confirmWithinMs`: how long it holds unconfirmed, 60,000 by default
   * @throws ClaimTakenError
   */
  claim(key: string, body: Uint8Array, options?: { confirmWithinMs?: number }): Promise<Claim>;
  /** @throws ClaimTakenError when it expired and somebody else claimed it since */
  confirm(claim: Claim): Promise<void>;
  /** Gives an unconfirmed claim back. */
  release(claim: Claim): Promise<void>;
  /** Claims and confirms in one go. */
  own(key: string, body: Uint8Array): Promise<Claim>;
  /** A confirmed claim. */
  get(key: string): Promise<Claim | undefined>;
  /** Confirmed claims in key order (code units). */
  list(range: ClaimRange): Promise<Claim[]>;
  /** Forgets a claim for good: something spent, delivered or erased. */
  remove(key: string): Promise<void>;
  /** Calls back with claims under `prefix` confirmed from now on, by whichever server. */
  watch(prefix: string, listener: (claim: Claim) => void): Unsubscribe;
}
