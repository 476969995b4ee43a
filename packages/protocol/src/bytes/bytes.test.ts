import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DecodeFault } from '../errors/decode-error.js';
import { DecodeError } from '../errors/decode-error.js';
import { seededRandom } from '../testing/seeded-random.js';
import { fromBase64url, toBase64url } from './base64url.js';
import { ByteReader } from './reader.js';
import { ByteWriter } from './writer.js';

const test = suite('bytes');

function fails(read: () => unknown, fault: DecodeFault): void {
  assert.throws(read, (error: unknown) => error instanceof DecodeError && error.fault === fault);
}

test('[D5] base64url is what Node writes, and back', () => {
  const random = seededRandom('base64url');
  for (let length = 0; length < 70; length += 1) {
    const bytes = random.bytes(length);
    assert.is(toBase64url(bytes), Buffer.from(bytes).toString('base64url'));
    assert.equal(fromBase64url(toBase64url(bytes)), bytes);
  }
});

test('[D5] one spelling: padding, foreign characters, impossible lengths and spare bits are refused', () => {
  for (const text of ['AA==', 'A', 'AAAAA', 'A+', 'A/', 'A A', 'AAA\n', 'é0', '\u{1F600}0', 'AB', 'AAB'])
    fails(() => fromBase64url(text), 'base64url');
});

test('varuint is lib0 varuint over the whole range', () => {
  const edges = [
    0,
    1,
    127,
    128,
    16_383,
    16_384,
    2 ** 31,
    2 ** 32,
    2 ** 49 - 1,
    2 ** 49,
    Number.MAX_SAFE_INTEGER,
  ];
  const random = seededRandom('varuint');
  for (const value of [
    ...edges,
    ...Array.from({ length: 500 }, () => random.int(2 ** (1 + random.int(53)))),
  ]) {
    const theirs = encoding.encode((encoder) => encoding.writeVarUint(encoder, value));
    assert.equal(new ByteWriter().varUint(value).finish(), theirs, String(value));
    assert.is(new ByteReader(theirs).varUint(), value);
    assert.is(decoding.readVarUint(decoding.createDecoder(theirs)), value);
  }
});

test('varuint: not minimal, out of range and unended are refused; the writer takes nothing out of range', () => {
  fails(() => new ByteReader(Uint8Array.of(0x80, 0)).varUint(), 'integer-not-minimal');
  fails(() => new ByteReader(Uint8Array.of(0xff, 0x80, 0)).varUint(), 'integer-not-minimal');
  fails(() => new ByteReader(new Uint8Array(9).fill(0x80)).varUint(), 'integer-range');
  fails(
    () => new ByteReader(Uint8Array.of(128, 128, 128, 128, 128, 128, 128, 16)).varUint(),
    'integer-range',
  );
  fails(() => new ByteReader(Uint8Array.of(0x80)).varUint(), 'truncated');
  for (const value of [-1, 0.5, 2 ** 53, Number.NaN])
    assert.throws(() => new ByteWriter().varUint(value), RangeError);
});

test('strings and bytes are lib0 strings and bytes', () => {
  const text = 'größe \u{1F600} \uFEFF';
  const bytes = new ByteWriter(1).varString(text).varBytes(Uint8Array.of(1, 2)).finish();
  const decoder = decoding.createDecoder(bytes);
  assert.is(decoding.readVarString(decoder), text);
  assert.equal(decoding.readVarUint8Array(decoder), Uint8Array.of(1, 2));
  const reader = new ByteReader(bytes);
  assert.is(reader.varString(), text);
  assert.equal(reader.varBytes(), Uint8Array.of(1, 2));
  reader.end();
});

test('strings that are not UTF-8, lengths past the end and trailing bytes are refused', () => {
  fails(() => new ByteReader(Uint8Array.of(1, 0xff)).varString(), 'text-encoding');
  fails(() => new ByteReader(Uint8Array.of(3, 0xed, 0xa0, 0x80)).varString(), 'text-encoding');
  fails(() => new ByteReader(Uint8Array.of(2, 65)).varString(), 'truncated');
  fails(
    () => new ByteReader(new ByteWriter().varUint(Number.MAX_SAFE_INTEGER).finish()).varBytes(),
    'truncated',
  );
  fails(() => new ByteReader(Uint8Array.of(1)).end(), 'trailing-bytes');
});

test.run();
