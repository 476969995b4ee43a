import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
const NO_SALT = new Uint8Array(HASH_BYTES);

/**
 * Hashes at work, kept from call to call: a chain takes several HMACs for each message, and making the objects costs as much as
 * hashing. Nothing here waits, so no two calls share them.
 */
const fresh = sha256.create();
const [inner, outer, running] = [sha256.create(), sha256.create(), sha256.create()];
const pad = new Uint8Array(BLOCK_BYTES);
/** A hash that is given whole blocks makes a view of them; halves it copies. */
const padHalves = [pad.subarray(0, HASH_BYTES), pad.subarray(HASH_BYTES)];
const half = new Uint8Array(HASH_BYTES);

/** Takes up a key (RFC 2104, section 2): what {@link macOf} gives is under it. */
function takeKey(key: Uint8Array): void {
  const short = key.length > BLOCK_BYTES ? sha256(key) : key;
  for (const [hash, fill] of [
    [inner, 0x36],
    [outer, 0x5c],
  ] as const) {
    pad.fill(fill);
    for (let at = 0; at < short.length; at += 1) pad[at]! ^= short[at]!;
    fresh._cloneInto(hash);
    for (const part of padHalves) hash.update(part);
  }
  pad.fill(0);
}

function macOf(...parts: Uint8Array[]): Uint8Array {
  const mac = new Uint8Array(HASH_BYTES);
  inner._cloneInto(running);
  for (const part of parts) running.update(part);
  running.digestInto(half);
  outer._cloneInto(running);
  running.update(half).digestInto(mac);
  return mac;
}

/** Of a key that was taken up nothing stays. */
function dropKey(): void {
  fresh._cloneInto(inner);
  fresh._cloneInto(outer);
}

/** HMAC-SHA256 (RFC 2104). In JavaScript: a chain is stepped one call after the other, where WebCrypto's promises cost more. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  takeKey(key);
  const mac = macOf(message);
  dropKey();
  return mac;
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
  if (!(length <= 255 * HASH_BYTES)) throw new RangeError('HKDF: too long');
  const label = typeof info === 'string' ? utf8ToBytes(info) : info;
  takeKey(hmacSha256(salt ?? NO_SALT, secret));
  const output = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array();
  for (let nth = 1, at = 0; at < length; nth += 1, at += HASH_BYTES) {
    block = macOf(block, label, Uint8Array.of(nth));
    output.set(block.subarray(0, length - at), at);
  }
  dropKey();
  return output;
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
