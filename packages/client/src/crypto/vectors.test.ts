import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aesCbcDecrypt, aesCbcEncrypt } from './aes-cbc.js';
import { aesGcmOpen, importAesGcmKey } from './aes-gcm.js';
import { argon2id } from './argon2id.js';
import { hkdfSha256, hmacSha256 } from './kdf.js';
import { joinBytes } from './protobuf.js';
import { fromHex as hex } from './testing/hex.js';
import { checkWycheproof } from './testing/wycheproof.js';
import { agree } from './x25519.js';

/*
 * Vectors printed in the standards, for the primitives as this library uses them. Those of X25519, Ed25519 and the first of
 * HMAC and HKDF are in the tests beside their files.
 */
const test = suite('vectors');
const ascii = (text: string) => new TextEncoder().encode(text);

const hmacVectors = [
  [
    '4.2',
    hex('0b'.repeat(20)),
    ascii('Hi There'),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    '4.4',
    hex('aa'.repeat(20)),
    hex('dd'.repeat(50)),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  ],
  [
    '4.7',
    hex('aa'.repeat(131)),
    ascii('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
] as const;
for (const [section, key, data, mac] of hmacVectors)
  test(`RFC 4231 ${section}, HMAC-SHA256`, () => {
    assert.equal(hmacSha256(key, data), hex(mac));
  });

test('RFC 5869 A.2, HKDF-SHA256 with inputs longer than a block', () => {
  const range = (from: number, to: number) => Uint8Array.from({ length: to - from }, (_, i) => from + i);
  const okm =
    'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09' +
    'da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87';
  assert.equal(hkdfSha256(range(0, 0x50), range(0x60, 0xb0), range(0xb0, 0x100), 82), hex(okm));
});

test('SP 800-38A F.2.5 and F.2.6, AES-256-CBC, to which PKCS#7 adds a block', async () => {
  const key = hex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4');
  const iv = hex('000102030405060708090a0b0c0d0e0f');
  const plaintext = hex(
    '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51' +
      '30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
  );
  const ciphertext = hex(
    'f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d' +
      '39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b',
  );
  const sealed = await aesCbcEncrypt(key, iv, plaintext);
  assert.is(sealed.length, 80);
  assert.equal(sealed.slice(0, 64), ciphertext);
  assert.equal(await aesCbcDecrypt(key, iv, sealed), plaintext);
});

test('The Galois/Counter Mode of Operation, test case 16, AES-256-GCM with additional data', async () => {
  const key = await importAesGcmKey(hex('feffe9928665731c6d6a8f9467308308'.repeat(2)));
  const plaintext = hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
      '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  );
  const sealed = hex(
    'cafebabefacedbaddecaf888522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
  );
  const additional = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
  assert.equal(await aesGcmOpen(key, sealed, additional), plaintext);
});

test('RFC 7748 5.2, X25519 iterated 1,000 times', async () => {
  let k = hex(`09${'00'.repeat(31)}`);
  let u = k;
  for (let i = 0; i < 1_000; i++) {
    const next = await agree(k, joinBytes([Uint8Array.of(5), masked(u)]));
    [u, k] = [k, next];
  }
  assert.equal(k, hex('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51'));
});

/** RFC 7748, section 5: implementations mask the top bit of what they are given; here callers do, as keys have it clear. */
function masked(u: Uint8Array): Uint8Array {
  const copy = new Uint8Array(u);
  copy[31]! &= 0x7f;
  return copy;
}

test("Argon2id v1.3, the reference implementation's vectors", async () => {
  const of = (memoryKiB: number, passes: number) =>
    argon2id(ascii('password'), ascii('somesalt'), { memoryKiB, passes, lanes: 1, length: 32 });
  assert.equal(await of(65_536, 2), hex('09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7'));
  assert.equal(await of(256, 2), hex('9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe'));
});

test('RFC 9106 5.3, Argon2id with four lanes, a secret and data', async () => {
  const tag = await argon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), {
    memoryKiB: 32,
    passes: 3,
    lanes: 4,
    length: 32,
    secret: new Uint8Array(8).fill(3),
    data: new Uint8Array(12).fill(4),
  });
  assert.equal(tag, hex('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659'));
});

test('the check of Wycheproof files notices a wrong verdict', async () => {
  const [key, msg] = ['0b'.repeat(20), '4869205468657265'];
  const [, , , tag] = hmacVectors[0];
  const file = (result: string, mac: string) => ({
    testGroups: [{ type: 'MacTest', tagSize: 256, tests: [{ tcId: 1, key, msg, tag: mac, result }] }],
  });
  const wrong = `00${tag.slice(2)}`;
  assert.equal(await checkWycheproof(file('valid', tag)), { checked: 1, other: 0 });
  assert.equal(await checkWycheproof(file('invalid', wrong)), { checked: 1, other: 0 });
  for (const bad of [file('valid', wrong), file('invalid', tag)]) {
    const error = await checkWycheproof(bad).catch((thrown: unknown) => thrown);
    assert.match(String(error), 'tcId 1');
  }
});

test.run();
