import { toBase64url } from '@sotto/protocol';
import type { IdentityKey } from '../../crypto/index.js';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

const PREFIX = 'former-identity/';

/** Keeps that this device was its account's under another account key, too, when that one was given up for another (SPEC K13). */
export function formerWrite(identity: IdentityKey): KeyWrite {
  return { key: `${PREFIX}${toBase64url(identity)}`, value: Uint8Array.of(1) };
}

/** Whether this device was listed under one of these account keys, which its account gave up since. */
export async function wasListedUnder(keys: KeyStore, identities: readonly Uint8Array[]): Promise<boolean> {
  const known = await Promise.all(
    identities.map((identity) => keys.get(`${PREFIX}${toBase64url(identity)}`)),
  );
  return known.some((value) => value !== undefined);
}
