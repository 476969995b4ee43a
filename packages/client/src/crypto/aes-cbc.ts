import { InvalidMessageError } from './errors.js';

/**
 * AES-256-CBC with PKCS#7 padding, by WebCrypto. CBC authenticates nothing: every caller checks a MAC or a
 * signature before it decrypts.
 * @param key 32 bytes
 * @param iv 16 bytes
 */
export async function aesCbcEncrypt(
  key: Uint8Array,
  iv: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const handle = await importKey(key, 'encrypt');
  return new Uint8Array(
    await crypto.subtle.encrypt(
      { name: 'AES-CBC', iv: iv as BufferSource },
      handle,
      plaintext as BufferSource,
    ),
  );
}

/**
 * Undoes {@link aesCbcEncrypt}.
 * @throws InvalidMessageError if the ciphertext is not whole blocks, or its padding is wrong
 */
export async function aesCbcDecrypt(
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Promise<Uint8Array> {
  const handle = await importKey(key, 'decrypt');
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt(
        { name: 'AES-CBC', iv: iv as BufferSource },
        handle,
        ciphertext as BufferSource,
      ),
    );
  } catch {
    throw new InvalidMessageError('The ciphertext does not decrypt.');
  }
}

/** Whether a length is one that AES-CBC with PKCS#7 padding produces. */
export function isWholeBlocks(length: number): boolean {
  return length > 0 && length % 16 === 0;
}

function importKey(key: Uint8Array, usage: KeyUsage): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', key as BufferSource, 'AES-CBC', false, [usage]);
}
