import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { Claim } from './claim-store.js';

/** A claim as it is stored; `until` is when it stops holding unless it is confirmed before. */
export interface PendingClaim extends Claim {
  readonly until: number;
}

const stored = v.strictObject({
  nonce: schemas.bytesOf(16),
  body: v.instance(Uint8Array),
  at: schemas.count,
});
const storedPending = v.strictObject({ ...stored.entries, until: schemas.count });

const KEY = /^[a-z][a-z0-9-]*:(?:[A-Za-z0-9:._@+-]|[^\p{ASCII}\p{Cc}\p{Cs}])*$/u;
/** Higher than any character that a key may hold. */
const LAST_CHARACTER = '\u{10ffff}';

/** @throws RangeError for a key that breaks the rule of {@link Claim.key} */
export function assertClaimKey(key: string): void {
  if (!KEY.test(key) || key.includes(LAST_CHARACTER)) throw new RangeError('claim key: forbidden characters');
}

/** The key that is higher than every key with this prefix. */
export function endOfPrefix(prefix: string): string {
  return prefix + LAST_CHARACTER;
}

/** Keys that count up end so; see keys.ts. */
export const COUNTER = /^(.*:)(\d{9,12})$/s;

/**
 * Whether a listing may do without a claim that cannot be read. Of keys that count up the newest decides, so that leaving one
 * out would bring back what was changed since.
 */
export function mayBeLeftOut(key: string): boolean {
  return !COUNTER.test(key);
}

export function encodeClaim({ nonce, body, at }: Claim): Uint8Array {
  return encodeCbor({ nonce, body, at });
}

/** @throws DecodeError */
export function decodeClaim(key: string, bytes: Uint8Array): Claim {
  return { key, ...decodeCbor(stored, bytes) };
}

export function encodePending({ nonce, body, at, until }: PendingClaim): Uint8Array {
  return encodeCbor({ nonce, body, at, until });
}

export function decodePending(key: string, bytes: Uint8Array): PendingClaim {
  return { key, ...decodeCbor(storedPending, bytes) };
}

/** Is this the very claim that somebody holds, and not a rival's with the same body? */
export function sameClaim(a: Claim, b: Claim): boolean {
  return a.key === b.key && Buffer.compare(a.nonce, b.nonce) === 0;
}
