import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CURVE25519_KEY_TYPE, generateKeyPair, keyPairFromPrivateKey } from './curve25519.js';
import { isCryptoError } from './errors.js';
import { asXEdDSA } from './testing/ed25519-signature.js';
import { fromHex as hex } from './testing/hex.js';
import { assertSignature, sign, verify, verifyInJavaScript } from './xeddsa.js';

const test = suite('xeddsa');
const message = new TextEncoder().encode('to be signed');

// RFC 8032, section 7.1: secret key, public key, message, signature of tests 1 to 3
const rfc8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

for (const [secret, publicKey, text, signature] of rfc8032)
  test(`XEdDSA 3, verifies RFC 8032 signature of ${secret.slice(0, 8)} in Montgomery form`, async () => {
    assert.equal(ed25519.sign(hex(text), hex(secret)), hex(signature));
    const xeddsa = asXEdDSA(hex(publicKey), hex(signature));
    assert.ok(await verify(xeddsa.publicKey, hex(text), xeddsa.signature));
    assert.ok(verifyInJavaScript(xeddsa.publicKey, hex(text), xeddsa.signature));
    assert.not.ok(await verify(xeddsa.publicKey, hex(`${text}00`), xeddsa.signature));
  });

test('XEdDSA 3, keys whose Edwards point is negative verify from the sign in the signature', async () => {
  let negative = 0;
  for (let i = 0; i < 16; i++) {
    const pair = ed25519.keygen();
    negative += pair.publicKey[31]! >> 7;
    const xeddsa = asXEdDSA(pair.publicKey, ed25519.sign(message, pair.secretKey));
    assert.ok(await verify(xeddsa.publicKey, message, xeddsa.signature));
    assert.ok(verifyInJavaScript(xeddsa.publicKey, message, xeddsa.signature));
  }
  // Both signs occur but for a chance of 2^-15.
  assert.ok(negative > 0 && negative < 16);
});

test('XEdDSA 3, what sign makes verify accepts, natively and in JavaScript', async () => {
  for (let i = 0; i < 16; i++) {
    const pair = generateKeyPair();
    const signature = sign(pair.privateKey, message);
    assert.is(signature.length, 64);
    assert.is(signature[63]! & 0xe0, 0);
    assert.ok(await verify(pair.publicKey, message, signature));
    assert.ok(verifyInJavaScript(pair.publicKey, message, signature));
  }
});

test('XEdDSA 3, the random input changes the signature, the same one repeats it', () => {
  const { privateKey } = keyPairFromPrivateKey(new Uint8Array(32).fill(7));
  const fixed = new Uint8Array(64).fill(1);
  assert.equal(sign(privateKey, message, fixed), sign(privateKey, message, fixed));
  assert.not.equal(sign(privateKey, message), sign(privateKey, message));
});

test('XEdDSA 3, a change of any bit of the signature is refused, natively and in JavaScript', async () => {
  const pair = generateKeyPair();
  const signature = sign(pair.privateKey, message);
  for (let bit = 0; bit < 512; bit++) {
    const changed = new Uint8Array(signature);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.not.ok(await verify(pair.publicKey, message, changed), `bit ${bit}`);
    if (bit % 16 === 0) assert.not.ok(verifyInJavaScript(pair.publicKey, message, changed), `bit ${bit}`);
  }
});

test('XEdDSA 3, s that is not reduced is refused', async () => {
  const pair = generateKeyPair();
  const signature = sign(pair.privateKey, message);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let s = bytesToNumberLE(signature.slice(32)) + order;
  for (let i = 32; i < 64; i++, s >>= 8n) signature[i] = Number(s & 255n);
  assert.not.ok(await verify(pair.publicKey, message, signature));
  assert.not.ok(verifyInJavaScript(pair.publicKey, message, signature));
});

test('XEdDSA 3, other keys, other messages and other lengths are refused', async () => {
  const pair = generateKeyPair();
  const signature = sign(pair.privateKey, message);
  assert.not.ok(await verify(generateKeyPair().publicKey, message, signature));
  assert.not.ok(await verify(pair.publicKey, new Uint8Array(), signature));
  for (const length of [0, 63, 65]) {
    const resized = new Uint8Array(length);
    resized.set(signature.slice(0, length));
    assert.not.ok(await verify(pair.publicKey, message, resized));
  }
});

test('a point that is on the twist verifies nothing and does not throw', async () => {
  const twist = new Uint8Array(33);
  twist.set([CURVE25519_KEY_TYPE, 2]);
  assert.not.ok(await verify(twist, message, new Uint8Array(64)));
  assert.not.ok(verifyInJavaScript(twist, message, new Uint8Array(64)));
});

test('assertSignature throws a typed error', async () => {
  const pair = generateKeyPair();
  await assertSignature(pair.publicKey, message, sign(pair.privateKey, message));
  let thrown: unknown;
  await assertSignature(pair.publicKey, message, new Uint8Array(64)).catch((error) => {
    thrown = error;
  });
  assert.ok(isCryptoError(thrown, 'crypto/invalid-signature'));
});

test.run();
