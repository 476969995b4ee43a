import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generateKeyPair } from './curve25519.js';
import { generateSigningKeyPair, signWithSeed } from './signing-key.js';
import { agree } from './x25519.js';
import { sign, verify } from './xeddsa.js';

// As in engines without the curves: the modules detect them on first use, so this file is a process of its own.
const { subtle } = crypto;
const importKey = subtle.importKey.bind(subtle);
let refused = 0;
Object.defineProperty(subtle, 'importKey', {
  value: (...args: Parameters<typeof importKey>) => {
    const [, , algorithm] = args;
    if (algorithm !== 'X25519' && algorithm !== 'Ed25519') return importKey(...args);
    refused++;
    return Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'));
  },
});

const test = suite('fallback');

test('without X25519 in WebCrypto both sides agree all the same', async () => {
  const [a, b] = [generateKeyPair(), generateKeyPair()];
  assert.equal(await agree(a.privateKey, b.publicKey), await agree(b.privateKey, a.publicKey));
  assert.is(refused, 1);
});

test('without Ed25519 in WebCrypto signatures verify all the same', async () => {
  const pair = generateKeyPair();
  const message = Uint8Array.of(1, 2, 3);
  const signature = sign(pair.privateKey, message);
  assert.ok(await verify(pair.publicKey, message, signature));
  signature[0]! ^= 1;
  assert.not.ok(await verify(pair.publicKey, message, signature));
  assert.is(refused, 2);
});

test('without Ed25519 in WebCrypto senders sign all the same', async () => {
  const pair = generateSigningKeyPair();
  const message = Uint8Array.of(1, 2, 3);
  const signature = await signWithSeed(pair, message);
  assert.is(refused, 3);
  assert.ok(await verify(pair.publicKey, message, signature));
  signature[40]! ^= 1;
  assert.not(await verify(pair.publicKey, message, signature));
  assert.is(refused, 4);
});

test.run();
