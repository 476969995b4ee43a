import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { toBase64url } from '@sotto/protocol';

export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

/** SHA-256 in base64url: secrets and addresses stand in keys as this. */
export function hashText(input: Uint8Array | string): string {
  return toBase64url(sha256(typeof input === 'string' ? new TextEncoder().encode(input) : input));
}

/** HMAC-SHA256, 32 bytes. */
export function hmac(key: Uint8Array, message: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHmac('sha256', key).update(message).digest());
}

/** Comparison that takes the same time wherever the two differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
