import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodePublicKey, generateKeyPair, keyPairFromPrivateKey } from './curve25519.js';
import { isCryptoError } from './errors.js';
import { fromHex as hex } from './testing/hex.js';
import { agree, agreeInJavaScript } from './x25519.js';

const test = suite('x25519');
const key = (u: string) => hex(`05${u}`);

async function refused(action: () => unknown): Promise<boolean> {
  try {
    await action();
  } catch (error) {
    return isCryptoError(error, 'crypto/invalid-key');
  }
  return false;
}

test('RFC 7748 5.2, test vector, natively and in JavaScript', async () => {
  const scalar = hex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
  const u = 'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c';
  const secret = hex('c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552');
  assert.equal(await agree(scalar, key(u)), secret);
  assert.equal(agreeInJavaScript(scalar, hex(u)), secret);
});

test('RFC 7748 5.2, one iteration', async () => {
  const nine = `09${'00'.repeat(31)}`;
  const once = hex('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079');
  assert.equal(await agree(hex(nine), key(nine)), once);
});

test('RFC 7748 6.1, Diffie-Hellman', async () => {
  const alice = keyPairFromPrivateKey(
    hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'),
  );
  const bob = keyPairFromPrivateKey(hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
  assert.equal(alice.publicKey, key('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'));
  assert.equal(bob.publicKey, key('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'));
  const secret = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
  assert.equal(await agree(alice.privateKey, bob.publicKey), secret);
  assert.equal(await agree(bob.privateKey, alice.publicKey), secret);
});

test('native and JavaScript agreement are the same', async () => {
  for (let i = 0; i < 8; i++) {
    const [a, b] = [generateKeyPair(), generateKeyPair()];
    assert.equal(
      await agree(a.privateKey, b.publicKey),
      agreeInJavaScript(b.privateKey, a.publicKey.subarray(1)),
    );
  }
});

const lowOrder = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
];
for (const u of lowOrder)
  test(`RFC 7748 6.1, low order point ${u.slice(0, 4)}...${u.slice(-4)} is refused, and would agree on zero`, async () => {
    const { privateKey } = generateKeyPair();
    assert.ok(await refused(() => decodePublicKey(key(u))));
    assert.ok(await refused(() => agree(privateKey, key(u))));
    assert.ok(await refused(() => agreeInJavaScript(privateKey, hex(u))));
  });

test('keys that are not encoded canonically are refused: p, p + 1, 2^255 - 1, the top bit set', async () => {
  const good = generateKeyPair().publicKey;
  const topBit = new Uint8Array(good);
  topBit[32]! |= 0x80;
  for (const first of ['ed', 'ee', 'ff'])
    assert.ok(await refused(() => decodePublicKey(key(`${first}${'ff'.repeat(30)}7f`))));
  assert.ok(await refused(() => decodePublicKey(topBit)));
  assert.equal(decodePublicKey(key(`eb${'ff'.repeat(30)}7f`))[1], 0xeb);
  assert.equal(decodePublicKey(good), good);
});

test('keys of another type or length are refused', async () => {
  const { publicKey, privateKey } = generateKeyPair();
  for (const bad of [
    publicKey.slice(1),
    Uint8Array.of(...publicKey, 0),
    Uint8Array.of(6, ...publicKey.slice(1)),
    new Uint8Array(),
  ])
    assert.ok(await refused(() => agree(privateKey, bad)));
  assert.ok(await refused(() => agree(privateKey.slice(1), publicKey)));
  assert.ok(await refused(() => keyPairFromPrivateKey(new Uint8Array(31))));
});

test.run();
