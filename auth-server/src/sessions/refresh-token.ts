import { fromBase64url, type SessionId, toBase64url } from '@sotto/protocol';
import { hmac, sameBytes } from '../records/hash.js';

export interface RefreshToken {
  readonly session: SessionId;
  /** Counts from 0. */
  readonly generation: number;
}

function secretOf(key: Uint8Array, { session, generation }: RefreshToken): Uint8Array {
  return hmac(key, `refresh ${session} ${generation}`);
}

/**
 * Writes `<session>.<generation>.<secret>`. The secret follows from the rest under the server's key, so a repeated
 * request gets the same successor without a secret ever being stored.
 */
export function writeRefreshToken(key: Uint8Array, token: RefreshToken): string {
  return `${token.session}.${token.generation}.${toBase64url(secretOf(key, token))}`;
}

/** Reads a token that this server wrote; anything else is undefined. */
export function readRefreshToken(key: Uint8Array, text: string): RefreshToken | undefined {
  const match = /^([A-Za-z0-9_-]{22})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})$/.exec(text);
  if (!match) return undefined;
  const token = { session: match[1] as SessionId, generation: Number(match[2]) };
  let secret: Uint8Array;
  try {
    secret = fromBase64url(match[3]!);
  } catch {
    return undefined;
  }
  return sameBytes(secret, secretOf(key, token)) ? token : undefined;
}
