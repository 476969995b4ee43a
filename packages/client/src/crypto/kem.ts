import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { InvalidKeyError, InvalidMessageError } from './errors.js';
import { joinBytes } from './protobuf.js';

/** A key pair of a KEM as records store it. */
export interface KemKeyPair {
  /** Type byte and the KEM's encapsulation key: what is published and signed. */
  readonly publicKey: Uint8Array;
  /** The KEM's own form of its secret. */
  readonly secretKey: Uint8Array;
}

/** A KEM for PQXDH. Lengths are those of the bare values, without a type byte. */
export interface Kem {
  /** Byte before serialised public keys and ciphertexts; tells one KEM's from another's. */
  readonly keyType: number;
  readonly publicKeyLength: number;
  readonly secretKeyLength: number;
  readonly ciphertextLength: number;
  generateKeyPair(): { publicKey: Uint8Array; secretKey: Uint8Array };
  /** Throws if the public key is none of this KEM's. */
  encapsulate(publicKey: Uint8Array): { ciphertext: Uint8Array; sharedSecret: Uint8Array };
  /** Gives another secret, or throws, if the ciphertext is not for this key. */
  decapsulate(ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array;
}

/** Type byte of ML-KEM-1024. Round-3 Kyber-1024, another algorithm, has 0x08 in Signal's numbering. */
export const ML_KEM_1024_KEY_TYPE = 0x0a;

/**
 * ML-KEM-1024 (FIPS 203). A secret key is the seed d || z (64 bytes; FIPS 203, sections 3.3 and 7.1), expanded on use:
 * a store of pre-keys stays fifty times smaller.
 */
export const mlKem1024: Kem = {
  keyType: ML_KEM_1024_KEY_TYPE,
  publicKeyLength: 1568,
  secretKeyLength: 64,
  ciphertextLength: 1568,
  generateKeyPair() {
    const seed = crypto.getRandomValues(new Uint8Array(64));
    return { publicKey: ml_kem1024.keygen(seed).publicKey, secretKey: seed };
  },
  encapsulate(publicKey) {
    const { cipherText, sharedSecret } = ml_kem1024.encapsulate(publicKey);
    return { ciphertext: cipherText, sharedSecret };
  },
  decapsulate(ciphertext, secretKey) {
    return ml_kem1024.decapsulate(ciphertext, ml_kem1024.keygen(secretKey).secretKey);
  },
};

/** Makes a key pair whose public key is serialised: `type || encapsulation key`. */
export function generateKemKeyPair(kem: Kem): KemKeyPair {
  const { publicKey, secretKey } = kem.generateKeyPair();
  return { publicKey: tagged(kem, publicKey), secretKey };
}

/**
 * Encapsulates to a serialised public key.
 * @returns the shared secret, and the serialised ciphertext: `type || ciphertext`
 * @throws InvalidKeyError if the key is of another KEM, or malformed
 */
export function encapsulate(
  kem: Kem,
  publicKey: Uint8Array,
): { ciphertext: Uint8Array; sharedSecret: Uint8Array } {
  const malformed = () => new InvalidKeyError('The KEM public key is malformed.');
  const bare = untagged(kem, publicKey, kem.publicKeyLength, malformed);
  try {
    const { ciphertext, sharedSecret } = kem.encapsulate(bare);
    return { ciphertext: tagged(kem, ciphertext), sharedSecret };
  } catch {
    throw malformed();
  }
}

/**
 * Opens a serialised ciphertext. One made for another key gives another secret (implicit rejection), no error.
 * @throws InvalidMessageError if the ciphertext is of another KEM, or malformed
 */
export function decapsulate(kem: Kem, ciphertext: Uint8Array, secretKey: Uint8Array): Uint8Array {
  const malformed = () => new InvalidMessageError('The KEM ciphertext is malformed.');
  const bare = untagged(kem, ciphertext, kem.ciphertextLength, malformed);
  try {
    return kem.decapsulate(bare, secretKey);
  } catch {
    throw malformed();
  }
}

function tagged(kem: Kem, bare: Uint8Array): Uint8Array {
  return joinBytes([Uint8Array.of(kem.keyType), bare]);
}

function untagged(kem: Kem, bytes: Uint8Array, length: number, malformed: () => Error): Uint8Array {
  if (bytes.length !== length + 1 || bytes[0] !== kem.keyType) throw malformed();
  return bytes.slice(1);
}
