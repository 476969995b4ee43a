import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hkdfSha256, hmacSha256 } from './kdf.js';
import { seededRandom } from './seeded-random.js';
import { fromHex as hex } from './testing/hex.js';
import { printSeed } from './testing/print-seed.js';

const test = suite('kdf');

test('RFC 5869 A.1, salt and info', () => {
  const output = hkdfSha256(
    new Uint8Array(22).fill(0x0b),
    hex('000102030405060708090a0b0c'),
    hex('f0f1f2f3f4f5f6f7f8f9'),
    42,
  );
  assert.equal(
    output,
    hex('3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'),
  );
});

test('RFC 5869 A.3, neither salt nor info; no salt is 32 zero bytes', () => {
  const ikm = new Uint8Array(22).fill(0x0b);
  const expected = hex(
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  );
  assert.equal(hkdfSha256(ikm, undefined, '', 42), expected);
  assert.equal(hkdfSha256(ikm, new Uint8Array(32), '', 42), expected);
});

test('RFC 4231 4.3, HMAC-SHA256', () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  assert.equal(
    hmacSha256(encode('Jefe'), encode('what do ya want for nothing?')),
    hex('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'),
  );
});

test('RFC 2104, RFC 5869: as another implementation has them, whatever came before and however long', () => {
  const random = seededRandom(Math.floor(Math.random() * 2 ** 32));
  printSeed('kdf', random.seed);
  const lengths = [0, 1, 31, 32, 55, 56, 63, 64, 65, 119, 128, 300];
  const some = () => random.bytes(lengths[random.below(lengths.length)]!);
  for (let round = 0; round < 400; round += 1) {
    const [key, message, info] = [some(), some(), some()];
    assert.equal(hmacSha256(key, message), hmac(sha256, key, message));
    const [salt, length] = [random.below(2) ? some() : undefined, random.below(130)];
    assert.equal(hkdfSha256(message, salt, info, length), hkdf(sha256, message, salt, info, length));
  }
  assert.throws(() => hkdfSha256(new Uint8Array(32), undefined, '', 255 * 32 + 1), RangeError);
});

test('what was given out is not written again', () => {
  const [key, message] = [new Uint8Array(32).fill(1), new Uint8Array(8)];
  const first = hmacSha256(key, message);
  const kept = new Uint8Array(first);
  hmacSha256(new Uint8Array(32).fill(2), message);
  assert.equal(first, kept);
  assert.is(first.buffer.byteLength, 32);
});

test.run();
