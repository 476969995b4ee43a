import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

const ascii = new TextEncoder();

/** Bytes of the short hashes that travel inside envelopes. */
export const SHORT_HASH_BYTES = 16;
/** In place of the hash of an event that does not exist. */
export const NO_HASH: Uint8Array = new Uint8Array(SHORT_HASH_BYTES);

/** SHA-256 of the parts, one after the other. A text part is a label, in ASCII. */
export function sha256(...parts: (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  const hash = nobleSha256.create();
  for (const part of parts) hash.update(typeof part === 'string' ? ascii.encode(part) : part);
  return new Uint8Array(hash.digest());
}

/** The first 16 bytes of {@link sha256}. */
export function shortHash(...parts: (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  return sha256(...parts).slice(0, SHORT_HASH_BYTES);
}

/** A 32-bit unsigned integer, big endian. */
export function uint32(value: number): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff)
    throw new RangeError('not an unsigned 32-bit integer');
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Order of byte strings: the first difference decides, then the length. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    if (a[index] !== b[index]) return a[index]! - b[index]!;
  }
  return a.length - b.length;
}
