import {
  decodePublicKey,
  generateKeyPair,
  type KeyPair,
  keyPairFromPrivateKey,
  PRIVATE_KEY_LENGTH,
  type PublicKey,
} from './curve25519.js';
import { InvalidKeyError } from './errors.js';
import { decodeFields, encodeFields } from './protobuf.js';

/** A long-term public identity: a Curve25519 public key, serialised as `0x05 || u` (33 bytes). */
export type IdentityKey = PublicKey;
/** A long-term identity. It agrees on keys (X25519) and signs (XEdDSA). */
export type IdentityKeyPair = KeyPair;

/** Makes a new identity. */
export function generateIdentityKeyPair(): IdentityKeyPair {
  return generateKeyPair();
}

/** Serialises an identity, secret included, as protobuf `{1 public key, 2 private key}`. */
export function serializeIdentityKeyPair(pair: IdentityKeyPair): Uint8Array {
  return encodeFields([
    [1, pair.publicKey],
    [2, pair.privateKey],
  ]);
}

/**
 * Undoes {@link serializeIdentityKeyPair}.
 * @throws InvalidKeyError if the bytes are malformed or the two halves do not belong together
 */
export function deserializeIdentityKeyPair(bytes: Uint8Array): IdentityKeyPair {
  const fields = decodeFields(bytes, () => new InvalidKeyError('The identity key pair does not decode.'));
  const publicKey = decodePublicKey(fields.bytes(1));
  const pair = keyPairFromPrivateKey(fields.bytes(2, PRIVATE_KEY_LENGTH));
  if (pair.publicKey.some((byte, i) => byte !== publicKey[i]))
    throw new InvalidKeyError('The identity key pair does not belong together.');
  return pair;
}
