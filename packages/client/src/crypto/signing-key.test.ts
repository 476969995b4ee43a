import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodePublicKey } from './curve25519.js';
import { isCryptoError } from './errors.js';
import { generateSigningKeyPair, signingKeyPairFromSeed, signWithSeed } from './signing-key.js';
import { verify, verifyInJavaScript } from './xeddsa.js';

const test = suite('signing-key');
const message = new TextEncoder().encode('message');

test('XEdDSA 3, a signature with the seed verifies under the Montgomery key, its sign bit 0', async () => {
  for (let i = 0; i < 20; i++) {
    const pair = generateSigningKeyPair();
    assert.equal(decodePublicKey(pair.publicKey), pair.publicKey);
    const signature = await signWithSeed(pair, message);
    assert.is(signature.length, 64);
    assert.is(signature[63]! & 0x80, 0);
    assert.ok(await verify(pair.publicKey, message, signature));
    assert.ok(verifyInJavaScript(pair.publicKey, message, signature));
    const other = new Uint8Array(message);
    other[0]! ^= 1;
    assert.not(await verify(pair.publicKey, other, signature));
    assert.not(await verify(generateSigningKeyPair().publicKey, message, signature));
  }
});

test('RFC 8032 5.1.6, signatures are deterministic, and the same from the stored seed', async () => {
  const pair = generateSigningKeyPair();
  const stored = signingKeyPairFromSeed(pair.seed);
  assert.equal(stored, pair);
  assert.equal(await signWithSeed(stored, message), await signWithSeed(pair, message));
});

test('a seed of the other sign, or of another length, is refused', () => {
  const refused = (seed: Uint8Array) => {
    try {
      signingKeyPairFromSeed(seed);
    } catch (error) {
      return isCryptoError(error, 'crypto/invalid-key');
    }
    return false;
  };
  let others = 0;
  for (let byte = 0; byte < 32; byte++) if (refused(new Uint8Array(32).fill(byte))) others++;
  assert.ok(others > 5 && others < 27, `${others} of 32`);
  assert.ok(refused(new Uint8Array(31)));
  assert.ok(refused(new Uint8Array(64)));
});

test.run();
