import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import type { Kem } from '../kem.js';
import { joinBytes } from '../protobuf.js';

/**
 * Kyber-1024 of the third NIST round, which Signal's own library has in place of ML-KEM: its message is hashed before use
 * and its secret hashed with the ciphertext after. For tests against that library; implicit rejection is ML-KEM's.
 */
export const kyberRound3: Kem = {
  keyType: 0x08,
  publicKeyLength: 1568,
  secretKeyLength: 3168,
  ciphertextLength: 1568,
  generateKeyPair: () => ml_kem1024.keygen(),
  encapsulate(publicKey) {
    const message = sha3_256(crypto.getRandomValues(new Uint8Array(32)));
    const { cipherText, sharedSecret } = ml_kem1024.encapsulate(publicKey, message);
    return { ciphertext: cipherText, sharedSecret: finish(sharedSecret, cipherText) };
  },
  decapsulate: (ciphertext, secretKey) => finish(ml_kem1024.decapsulate(ciphertext, secretKey), ciphertext),
};

function finish(secret: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return shake256(joinBytes([secret, sha3_256(ciphertext)]), { dkLen: 32 });
}
