/**
 * What passes between a store host and the servers that share it. Each frame begins with its kind (a byte). A request:
 * kind, number, fields; its answer: `ANSWER`, the number, a status, fields. Both sides are of one version: the first
 * frame of a server says which.
 */
export const HELLO = 'sotto store host 1';

/** Asked by a server. `watch`, `unwatch` and `tail` have no answer, and number 0. */
export const OPERATIONS = {
  append: 1,
  read: 2,
  vector: 3,
  head: 4,
  claim: 5,
  own: 6,
  confirm: 7,
  release: 8,
  remove: 9,
  get: 10,
  list: 11,
  watch: 12,
  unwatch: 13,
  tail: 14,
  activity: 15,
  expire: 16,
  putChunk: 17,
  getChunk: 18,
  presentChunks: 19,
  removeChunks: 20,
  chunkPlaces: 21,
  eraseLog: 22,
  eraseClaims: 23,
} as const;

export type Operation = keyof typeof OPERATIONS;

/** Told by the host. */
export const ANSWER = 1;
/** Records that became durable. */
export const RECORDS = 2;
/** A confirmed claim under a prefix that the server watches. */
export const CLAIM = 3;

export const STATUS = {
  done: 0,
  /** Somebody else owns the key. */
  taken: 1,
  /** Nothing may be assumed. */
  unavailable: 2,
  /** Claims were confirmed that the server had not heard of when it asked: it asks itself again, then the host. */
  unheard: 3,
} as const;

/** Bytes of bodies in one answer to a read, about. */
export const PAGE_BYTES = 1024 * 1024;
/** Claims in one answer to a list. */
export const PAGE_CLAIMS = 64;
/** Activity rows in one answer. */
export const PAGE_ROWS = 1_000;
