import { isCryptoError, verify } from '../crypto/index.js';

/** Whether a signature holds. Under what is no key at all, none does. */
export async function holds(key: Uint8Array, signed: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    return await verify(key, signed, signature);
  } catch (error) {
    if (isCryptoError(error, 'crypto/invalid-key')) return false;
    throw error;
  }
}
