import { InvalidKeyError, InvalidMessageError } from './errors.js';
import { joinBytes } from './protobuf.js';

const KEY_LENGTH = 32;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** Bytes that sealing adds to a plaintext: nonce and tag. */
export const AES_GCM_OVERHEAD = NONCE_LENGTH + TAG_LENGTH;

/**
 * Imports an AES-256-GCM key (NIST SP 800-38D) that cannot be read out of the engine again.
 * @param key 32 bytes
 * @throws InvalidKeyError
 */
export async function importAesGcmKey(key: Uint8Array): Promise<CryptoKey> {
  if (key.length !== KEY_LENGTH) throw new InvalidKeyError('An AES-256 key is 32 bytes.');
  return crypto.subtle.importKey('raw', key as BufferSource, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/**
 * Seals under a fresh random nonce: at most 2^32 plaintexts under one key.
 * @param additionalData authenticated, not contained
 * @returns nonce (12 bytes), ciphertext, tag (16 bytes)
 */
export async function aesGcmSeal(
  key: CryptoKey,
  plaintext: Uint8Array,
  additionalData: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_LENGTH));
  const algorithm = { name: 'AES-GCM', iv, additionalData: additionalData as BufferSource };
  const sealed = await crypto.subtle.encrypt(algorithm, key, plaintext as BufferSource);
  return new Uint8Array(joinBytes([iv, new Uint8Array(sealed)]));
}

/**
 * Undoes {@link aesGcmSeal}.
 * @throws InvalidMessageError if key or additional data are others, or a byte was changed
 */
export async function aesGcmOpen(
  key: CryptoKey,
  sealed: Uint8Array,
  additionalData: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = sealed.slice(0, NONCE_LENGTH);
  const algorithm = { name: 'AES-GCM', iv, additionalData: additionalData as BufferSource };
  try {
    const plaintext = await crypto.subtle.decrypt(algorithm, key, sealed.slice(NONCE_LENGTH));
    return new Uint8Array(plaintext);
  } catch {
    throw new InvalidMessageError('The sealed bytes do not open.');
  }
}
