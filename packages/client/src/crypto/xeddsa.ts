import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { clampPrivateKey, decodePublicKey, type PrivateKey, type PublicKey } from './curve25519.js';
import { InvalidSignatureError } from './errors.js';
import { joinBytes } from './protobuf.js';

/** Bytes of an XEdDSA signature: R and s. */
export const SIGNATURE_LENGTH = 64;

const { Point } = ed25519;
const { Fp, Fn } = Point;

/** XEdDSA, section 2.5: what hash_1 puts before its input, 2^256 - 2 in little endian. */
const HASH_1_PREFIX = new Uint8Array(32).fill(0xff);
HASH_1_PREFIX[0] = 0xfe;

/**
 * Signs with a Curve25519 private key (XEdDSA, section 3, xeddsa_sign).
 * @param privateKey immutable: what is derived from it is kept while the array lives
 * @param random 64 fresh random bytes; only tests give it
 * @returns 64 bytes
 * @throws InvalidKeyError if the private key is not 32 bytes
 */
export function sign(
  privateKey: PrivateKey,
  message: Uint8Array,
  random: Uint8Array = crypto.getRandomValues(new Uint8Array(64)),
): Uint8Array {
  const { a, A } = edwardsKeyPair(privateKey);
  const r = hashToScalar(HASH_1_PREFIX, numberToBytesLE(a, 32), message, random);
  const R = Point.BASE.multiply(r).toBytes();
  const h = hashToScalar(R, A, message);
  return joinBytes([R, numberToBytesLE(Fn.add(r, Fn.mul(h, a)), 32)]);
}

/**
 * Whether a signature is by the holder of a Curve25519 public key (XEdDSA, section 3, xeddsa_verify). It is an
 * Ed25519 verification under the same point in Edwards form, so WebCrypto does it where it has Ed25519. The point's
 * sign is read from the top bit of the signature: 0 as {@link sign} makes it, 1 from signers that keep their scalar.
 * @throws InvalidKeyError if the public key is malformed; a malformed signature is just false
 */
export async function verify(
  publicKey: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const prepared = prepare(publicKey, signature);
  if (!prepared) return false;
  const { point, ed25519Signature } = prepared;
  point.handle ??= importPoint(point.A);
  const key = await point.handle;
  if (!key) return verifyEd25519(point.A, message, ed25519Signature);
  return crypto.subtle.verify('Ed25519', key, ed25519Signature as BufferSource, message as BufferSource);
}

/**
 * Verifies as {@link verify} does.
 * @throws InvalidSignatureError if the signature is not by that key
 */
export async function assertSignature(
  publicKey: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<void> {
  if (!(await verify(publicKey, message, signature)))
    throw new InvalidSignatureError('The signature does not verify.');
}

/** The same verification without WebCrypto, for engines that lack Ed25519. */
export function verifyInJavaScript(
  publicKey: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const prepared = prepare(publicKey, signature);
  return prepared !== undefined && verifyEd25519(prepared.point.A, message, prepared.ed25519Signature);
}

interface EdwardsKeyPair {
  readonly a: bigint;
  readonly A: Uint8Array;
}

/** Half of a signature's cost is this map, and senders sign many messages by one key object. */
const edwardsKeyPairs = new WeakMap<PrivateKey, EdwardsKeyPair>();

/** XEdDSA, section 2.3, calculate_key_pair: of k and -k, the one whose point has sign bit 0. */
function edwardsKeyPair(privateKey: PrivateKey): EdwardsKeyPair {
  const known = edwardsKeyPairs.get(privateKey);
  if (known) return known;
  const k = Fn.create(bytesToNumberLE(clampPrivateKey(privateKey)));
  const A = Point.BASE.multiply(k).toBytes();
  const a = A[31]! & 0x80 ? Fn.neg(k) : k;
  A[31]! &= 0x7f;
  const pair = { a, A };
  edwardsKeyPairs.set(privateKey, pair);
  return pair;
}

function hashToScalar(...parts: Uint8Array[]): bigint {
  return Fn.create(bytesToNumberLE(sha512(joinBytes(parts))));
}

/** The Edwards form of a public key, ready for verification. */
interface EdwardsPoint {
  readonly A: Uint8Array;
  /** WebCrypto's handle once it was asked for; it holds undefined where there is no Ed25519. */
  handle?: Promise<CryptoKey | undefined>;
}

/** The Ed25519 key and signature that an XEdDSA key and signature stand for; undefined unless s is reduced. */
function prepare(
  publicKey: PublicKey,
  signature: Uint8Array,
): { point: EdwardsPoint; ed25519Signature: Uint8Array } | undefined {
  const points = edwardsPoints(publicKey);
  if (signature.length !== SIGNATURE_LENGTH) return undefined;
  const ed25519Signature = new Uint8Array(signature);
  const signBit = ed25519Signature[63]! >> 7;
  ed25519Signature[63]! &= 0x7f;
  if (!isReduced(ed25519Signature)) return undefined;
  return { point: points[signBit]!, ed25519Signature };
}

const ORDER = numberToBytesLE(Fn.ORDER, 32);

/** Whether s, the signature's second half, is below the order of the base point. */
function isReduced(signature: Uint8Array): boolean {
  let i = 31;
  while (i > 0 && signature[32 + i] === ORDER[i]) i--;
  return signature[32 + i]! < ORDER[i]!;
}

type BothPoints = readonly [positive: EdwardsPoint, negative: EdwardsPoint];

/** Receivers check many signatures by one key, and the map costs an inversion: by key, and the oldest forgotten. */
const knownPoints = new Map<string, BothPoints>();
/** Public keys kept ready. */
const CACHED_KEYS = 512;

/**
 * XEdDSA, section 2.3, convert_mont: y = (u - 1) / (u + 1), with either sign of x.
 * @throws InvalidKeyError if the key is malformed
 */
function edwardsPoints(publicKey: PublicKey): BothPoints {
  const name = String.fromCharCode(...publicKey);
  const known = knownPoints.get(name);
  if (known) return known;
  const u = bytesToNumberLE(decodePublicKey(publicKey).subarray(1));
  const positive = numberToBytesLE(Fp.div(Fp.sub(u, Fp.ONE), Fp.add(u, Fp.ONE)), 32);
  const negative = new Uint8Array(positive);
  negative[31]! |= 0x80;
  const points: BothPoints = [{ A: positive }, { A: negative }];
  if (knownPoints.size >= CACHED_KEYS) knownPoints.delete(knownPoints.keys().next().value!);
  knownPoints.set(name, points);
  return points;
}

function importPoint(A: Uint8Array): Promise<CryptoKey | undefined> {
  return crypto.subtle
    .importKey('raw', A as BufferSource, 'Ed25519', false, ['verify'])
    .catch(() => undefined);
}

/**
 * Ed25519 verification without cofactor: R = sB - hA, compared as bytes. That is what XEdDSA asks for and what the
 * engines' WebCrypto does; to multiply by the cofactor would accept what others refuse.
 */
function verifyEd25519(A: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const R = signature.subarray(0, 32);
  const s = bytesToNumberLE(signature.subarray(32));
  let point: InstanceType<typeof Point>;
  try {
    point = Point.fromBytes(A);
  } catch {
    return false;
  }
  const h = hashToScalar(R, A, message);
  const check = Point.BASE.multiplyUnsafe(s).subtract(point.multiplyUnsafe(h)).toBytes();
  return check.every((byte, i) => byte === R[i]);
}
