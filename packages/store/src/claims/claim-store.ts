import type { Unsubscribe } from '../watch/unsubscribe.js';

/** Something unique or used once that somebody owns. Immutable. */
export interface Claim {
  /**
   * `<family>:<rest>`, chosen by the claimant's part. The family is of `[a-z0-9-]` and begins with a letter; the rest of
   * `[A-Za-z0-9:._@+-]` and of characters beyond ASCII that are no control characters.
   */
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
  /** Only what comes after this key in the order of the listing: lower keys when it is reversed. */
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
 * its owner; what stays unconfirmed expires, so a crash between the steps blocks nobody for long. A promise resolves only
 * when what it says is durable. Every method throws ProtocolError `sync/store-unavailable` when nothing may be assumed;
 * whoever cannot tell then whether a claim was made reads the key and compares.
 */
export interface ClaimStore {
  /**
   * Claims `key`, for ever once confirmed. Others are told it is taken from now on; `get`, `list` and `watch` show it after `confirm`.
   * @param options `confirmWithinMs`: how long it holds unconfirmed, 60,000 by default
   * @throws ClaimTakenError
   */
  claim(key: string, body: Uint8Array, options?: { confirmWithinMs?: number }): Promise<Claim>;
  /**
   * Makes a claim last. Confirming again is free, and so is confirming late while nobody else came.
   * @throws ClaimTakenError when it is no longer there: it expired and somebody else claimed the key since, or it was
   * released or removed
   */
  confirm(claim: Claim): Promise<void>;
  /** Gives an unconfirmed claim back. Nothing happens to a confirmed one, or to somebody else's. */
  release(claim: Claim): Promise<void>;
  /**
   * Claims and confirms in one go.
   * @throws ClaimTakenError
   */
  own(key: string, body: Uint8Array): Promise<Claim>;
  /** A confirmed claim. */
  get(key: string): Promise<Claim | undefined>;
  /** Confirmed claims in key order (UTF-8 bytes). */
  list(range: ClaimRange): Promise<Claim[]>;
  /**
   * Forgets a confirmed claim for good: something spent, delivered or erased. The key can be claimed anew.
   * @param only nothing happens to another claim, which somebody made since this one was read
   */
  remove(key: string, only?: Claim): Promise<void>;
  /**
   * Forgets these keys, confirmed or not, and leaves neither keys nor bodies in this store's files (docs/data.md says what of
   * CouchDB's stays until they are compacted). Costs far more than {@link remove}: for what somebody has a right to see gone.
   */
  erase(keys: readonly string[]): Promise<void>;
  /**
   * Calls back with claims under `prefix` confirmed from now on, by whichever server. A listener must not throw.
   * @param interrupted called when claims may have been confirmed that nobody will be told of: what was learnt by watching
   * must be read anew. Never called by a store that misses nothing
   */
  watch(prefix: string, listener: (claim: Claim) => void, interrupted?: () => void): Unsubscribe;
}
