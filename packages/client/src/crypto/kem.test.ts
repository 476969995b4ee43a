import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCryptoError } from './errors.js';
import { decapsulate, encapsulate, generateKemKeyPair, mlKem1024 } from './kem.js';
import { kyberRound3 } from './testing/kyber-round3.js';

const test = suite('kem');

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (isCryptoError(error)) return error.code;
    throw error;
  }
  return undefined;
}

test('FIPS 203 table 3, sizes of ML-KEM-1024, with the type byte 0x0a', () => {
  const pair = generateKemKeyPair(mlKem1024);
  assert.equal([pair.publicKey.length, pair.publicKey[0], pair.secretKey.length], [1569, 0x0a, 64]);
  const { ciphertext, sharedSecret } = encapsulate(mlKem1024, pair.publicKey);
  assert.equal([ciphertext.length, ciphertext[0], sharedSecret.length], [1569, 0x0a, 32]);
});

for (const kem of [mlKem1024, kyberRound3])
  test(`FIPS 203 6.3, KEM 0x0${kem.keyType}: both sides get one secret, of a changed ciphertext another`, () => {
    const pair = generateKemKeyPair(kem);
    const { ciphertext, sharedSecret } = encapsulate(kem, pair.publicKey);
    assert.equal(decapsulate(kem, ciphertext, pair.secretKey), sharedSecret);
    ciphertext[100]! ^= 1;
    assert.not.equal(decapsulate(kem, ciphertext, pair.secretKey), sharedSecret);
  });

test('FIPS 203 7.2, a public key with a coefficient beyond q is refused', () => {
  const { publicKey } = generateKemKeyPair(mlKem1024);
  publicKey.fill(0xff, 1, 4);
  assert.is(
    codeOf(() => encapsulate(mlKem1024, publicKey)),
    'crypto/invalid-key',
  );
});

test('keys and ciphertexts of another KEM or length are refused', () => {
  const pair = generateKemKeyPair(mlKem1024);
  const { ciphertext } = encapsulate(mlKem1024, pair.publicKey);
  assert.is(
    codeOf(() => encapsulate(kyberRound3, pair.publicKey)),
    'crypto/invalid-key',
  );
  assert.is(
    codeOf(() => encapsulate(mlKem1024, pair.publicKey.slice(1))),
    'crypto/invalid-key',
  );
  assert.is(
    codeOf(() => encapsulate(mlKem1024, new Uint8Array())),
    'crypto/invalid-key',
  );
  assert.is(
    codeOf(() => decapsulate(kyberRound3, ciphertext, new Uint8Array(3168))),
    'crypto/invalid-message',
  );
  assert.is(
    codeOf(() => decapsulate(mlKem1024, ciphertext.slice(1), pair.secretKey)),
    'crypto/invalid-message',
  );
});

test.run();
