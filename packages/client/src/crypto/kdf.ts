import { expand, extract } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** HMAC-SHA256 (RFC 2104). In JavaScript: a chain is stepped one call after the other, where WebCrypto's promises cost more. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(sha256, key, message);
}

/**
 * HKDF-SHA256 (RFC 5869).
 * @param salt 32 zero bytes where undefined
 * @param info label as ASCII text, or bytes
 * @param length bytes of output, at most 8,160
 */
export function hkdfSha256(
  secret: Uint8Array,
  salt: Uint8Array | undefined,
  info: string | Uint8Array,
  length: number,
): Uint8Array {
  const label = typeof info === 'string' ? utf8ToBytes(info) : info;
  return expand(sha256, extract(sha256, secret, salt), label, length);
}

const MESSAGE_SEED = Uint8Array.of(1);
const NEXT_CHAIN_KEY = Uint8Array.of(2);

/** The seed of one message's keys (Double Ratchet, section 5.2: KDF_CK's message output, constant 0x01). */
export function messageSeed(chainKey: Uint8Array): Uint8Array {
  return hmacSha256(chainKey, MESSAGE_SEED);
}

/** The chain key of the next message (Double Ratchet, section 5.2: KDF_CK's chain output, constant 0x02). */
export function nextChainKey(chainKey: Uint8Array): Uint8Array {
  return hmacSha256(chainKey, NEXT_CHAIN_KEY);
}
