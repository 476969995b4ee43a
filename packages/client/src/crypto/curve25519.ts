import { x25519 } from '@noble/curves/ed25519.js';
import { InvalidKeyError } from './errors.js';
import { joinBytes } from './protobuf.js';

/** Type byte that Signal puts before a Curve25519 public key. */
export const CURVE25519_KEY_TYPE = 0x05;
/** Bytes of a serialised public key: type and u-coordinate. */
export const PUBLIC_KEY_LENGTH = 33;
export const PRIVATE_KEY_LENGTH = 32;

/** A serialised Curve25519 public key: `0x05 || u` (33 bytes). */
export type PublicKey = Uint8Array;
/** A Curve25519 private key: a clamped scalar, little endian (32 bytes). */
export type PrivateKey = Uint8Array;

/** A Curve25519 key pair. Plain data: it can be cloned, posted and stored. */
export interface KeyPair {
  readonly publicKey: PublicKey;
  readonly privateKey: PrivateKey;
}

/** Makes a key pair from the platform's random source. */
export function generateKeyPair(): KeyPair {
  return keyPairFromPrivateKey(crypto.getRandomValues(new Uint8Array(PRIVATE_KEY_LENGTH)));
}

/**
 * The key pair of a private key, which is clamped first.
 * @throws InvalidKeyError unless it is 32 bytes
 */
export function keyPairFromPrivateKey(privateKey: Uint8Array): KeyPair {
  const clamped = clampPrivateKey(privateKey);
  return {
    publicKey: joinBytes([Uint8Array.of(CURVE25519_KEY_TYPE), x25519.getPublicKey(clamped)]),
    privateKey: clamped,
  };
}

/**
 * A clamped copy of a private key (RFC 7748, section 5, decodeScalar25519).
 * @throws InvalidKeyError unless it is 32 bytes
 */
export function clampPrivateKey(privateKey: Uint8Array): PrivateKey {
  if (privateKey.length !== PRIVATE_KEY_LENGTH) throw new InvalidKeyError('A private key is 32 bytes.');
  const clamped = new Uint8Array(privateKey);
  clamped[0]! &= 0xf8;
  clamped[31] = (clamped[31]! & 0x7f) | 0x40;
  return clamped;
}

/**
 * Checks a serialised public key: type byte, one canonical encoding, not of low order. Honest keys always pass; the
 * rest would give one key two names, an agreement an attacker knows, or a signature anyone can make.
 * @returns a copy of it
 * @throws InvalidKeyError
 */
export function decodePublicKey(bytes: Uint8Array): PublicKey {
  if (bytes.length !== PUBLIC_KEY_LENGTH || bytes[0] !== CURVE25519_KEY_TYPE)
    throw new InvalidKeyError('A public key is 0x05 and 32 bytes.');
  const u = bytes.subarray(1);
  if (!isCanonical(u)) throw new InvalidKeyError('The public key is not encoded canonically.');
  if (isLowOrder(u)) throw new InvalidKeyError('The public key has low order.');
  return new Uint8Array(bytes);
}

/** Whether u < p = 2^255 - 19. */
function isCanonical(u: Uint8Array): boolean {
  if (u[31] !== 0x7f) return u[31]! < 0x7f;
  return u[0]! < 0xed || u.subarray(1, 31).some((byte) => byte !== 0xff);
}

/** The two u-coordinates of order 8. */
const ORDER_EIGHT = [
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
].map((hex) => Uint8Array.from(hex.match(/../g)!, (byte) => Number.parseInt(byte, 16)));

function isLowOrder(u: Uint8Array): boolean {
  const middle = u.subarray(1, 31);
  // u = 0 and u = 1
  if (u[0]! <= 1 && u[31] === 0 && middle.every((byte) => byte === 0)) return true;
  // u = p - 1
  if (u[0] === 0xec && u[31] === 0x7f && middle.every((byte) => byte === 0xff)) return true;
  return ORDER_EIGHT.some((point) => point.every((byte, i) => byte === u[i]));
}
