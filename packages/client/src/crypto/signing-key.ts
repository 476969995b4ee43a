import { ed25519 } from '@noble/curves/ed25519.js';
import { CURVE25519_KEY_TYPE, type PublicKey } from './curve25519.js';
import { InvalidKeyError } from './errors.js';
import { joinBytes } from './protobuf.js';

/** Bytes of the secret half, an Ed25519 private key (RFC 8032, section 5.1.5). */
export const SEED_LENGTH = 32;

/**
 * A key pair that only signs. Its secret is an Ed25519 seed, so that WebCrypto can sign with it, and its public key the
 * Montgomery form of the Ed25519 key. Seeds are chosen so that this point's sign bit is 0: then an Ed25519 signature is an
 * XEdDSA signature (XEdDSA, sections 2.3 and 3) and {@link verify} takes it, as Signal's own library does.
 */
export interface SigningKeyPair {
  readonly publicKey: PublicKey;
  readonly seed: Uint8Array;
}

/** Makes a signing key pair from the platform's random source: of two seeds, one will do. */
export function generateSigningKeyPair(): SigningKeyPair {
  for (;;) {
    const seed = crypto.getRandomValues(new Uint8Array(SEED_LENGTH));
    const point = ed25519.getPublicKey(seed);
    if (hasSignBitZero(point)) return { publicKey: montgomeryKey(point), seed };
  }
}

/**
 * The signing key pair of a stored seed.
 * @throws InvalidKeyError unless it is one that {@link generateSigningKeyPair} chose
 */
export function signingKeyPairFromSeed(seed: Uint8Array): SigningKeyPair {
  if (seed.length !== SEED_LENGTH) throw new InvalidKeyError('A signing seed is 32 bytes.');
  const point = ed25519.getPublicKey(seed);
  if (!hasSignBitZero(point)) throw new InvalidKeyError("The seed's point has sign bit 1.");
  return { publicKey: montgomeryKey(point), seed: new Uint8Array(seed) };
}

/**
 * Signs (RFC 8032, section 5.1.6), by WebCrypto where it has Ed25519.
 * @param pair immutable: the engine's handle of its secret is kept while the object lives
 * @returns 64 bytes, an XEdDSA signature under `pair.publicKey`
 */
export async function signWithSeed(pair: SigningKeyPair, message: Uint8Array): Promise<Uint8Array> {
  const key = await nativeKey(pair);
  if (!key) return ed25519.sign(message, pair.seed);
  return new Uint8Array(await crypto.subtle.sign('Ed25519', key, message as BufferSource));
}

/** DER around a raw Ed25519 private key (RFC 8410, section 7). */
const PKCS8_PREFIX = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32);

const nativeKeys = new WeakMap<SigningKeyPair, Promise<CryptoKey | undefined>>();

/** The engine's handle; undefined where WebCrypto has no Ed25519. */
function nativeKey(pair: SigningKeyPair): Promise<CryptoKey | undefined> {
  const known = nativeKeys.get(pair);
  if (known) return known;
  const pkcs8 = joinBytes([PKCS8_PREFIX, pair.seed]) as BufferSource;
  const key = crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']).catch(() => undefined);
  nativeKeys.set(pair, key);
  return key;
}

function hasSignBitZero(point: Uint8Array): boolean {
  return point[31]! < 0x80;
}

function montgomeryKey(point: Uint8Array): PublicKey {
  return joinBytes([Uint8Array.of(CURVE25519_KEY_TYPE), ed25519.utils.toMontgomery(point)]);
}
