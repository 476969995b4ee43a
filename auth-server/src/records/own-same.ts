import { ProtocolError } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import { ClaimTakenError } from '@sotto/store';

/** How long a sign-up that broke off keeps others from what it took, milliseconds. */
export const HOLD_MS = 10_000;

/** Somebody else's request for the same thing is under way, or broke off a moment ago. */
export function undecided(detail: string): ProtocolError {
  return new ProtocolError('service/unavailable', { detail, retryAfterMs: HOLD_MS });
}

/** Owns `key` unless somebody does. @returns whether it is ours */
export async function ownOnce(claims: ClaimStore, key: string, body: Uint8Array): Promise<boolean> {
  try {
    await claims.own(key, body);
    return true;
  } catch (error) {
    if (error instanceof ClaimTakenError) return false;
    throw error;
  }
}

/**
 * Owns `key` with this body, or finds that it is owned with this very body already, as when a request is repeated.
 * @returns false when another body is there
 * @throws ProtocolError `service/unavailable` while another's claim of it is undecided
 */
export async function ownSame(claims: ClaimStore, key: string, body: Uint8Array): Promise<boolean> {
  if (await ownOnce(claims, key, body)) return true;
  const existing = await claims.get(key);
  if (!existing) throw undecided('undecided');
  return Buffer.compare(existing.body, body) === 0;
}
