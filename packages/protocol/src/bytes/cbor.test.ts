import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import type { DecodeFault } from '../errors/decode-error.js';
import { DecodeError } from '../errors/decode-error.js';
import { decodeCbor, encodeCbor } from './cbor.js';

const test = suite('CBOR');
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

test('[D6] writes shortest forms and orders keys by length, then bytes', () => {
  assert.equal(encodeCbor({ bb: 1, a: 24, b: Uint8Array.of(1) }), hex('a361611818616241016262' + '6201'));
});

test('[D6] reads back what it wrote', () => {
  const value = { list: [0, -1, 'text', true, false, null, Uint8Array.of(1), ''], big: 2 ** 53 - 1, '': {} };
  assert.equal(decodeCbor(v.unknown(), encodeCbor(value)), value);
});

for (const value of [undefined, 1.5, Number.NaN, 2 ** 53, 1n, [undefined], () => 0])
  test(`[D6] has no form for ${Array.isArray(value) ? 'an array of nothing' : String(value)}`, () => {
    assert.throws(() => encodeCbor(value), TypeError);
  });

const refused: [string, string, DecodeFault][] = [
  ['an indefinite array', '9f01ff', 'cbor'],
  ['an indefinite string', '7f6161ff', 'cbor'],
  ['an integer longer than it need be', '1801', 'integer-not-minimal'],
  ['a negative integer longer than it need be', '390001', 'integer-not-minimal'],
  ['an integer of eight bytes that fits in four', '1b00000000ffffffff', 'integer-not-minimal'],
  ['a length longer than it need be', '580101', 'integer-not-minimal'],
  ['a tag', 'c000', 'cbor'],
  ['a bignum', 'c24101', 'cbor'],
  ['a duplicate key', 'a2616101616102', 'cbor'],
  ['keys out of order', 'a2616201616102', 'cbor'],
  ['a longer key before a shorter', 'a262616101616202', 'cbor'],
  ['a key that is no text', 'a10101', 'cbor'],
  ['undefined', 'f7', 'cbor'],
  ['another simple value', 'f820', 'cbor'],
  ['a float', 'f93e00', 'cbor'],
  ['NaN', 'f97e00', 'cbor'],
  ['infinity', 'f97c00', 'cbor'],
  ['an integer beyond 2^53', '1b0020000000000000', 'integer-range'],
  ['a negative integer beyond -2^53', '3b001fffffffffffff', 'integer-range'],
  ['text that is not UTF-8', '61ff', 'text-encoding'],
  ['trailing bytes', '0101', 'trailing-bytes'],
  ['a length past the end', '5affffffff00', 'truncated'],
  ['an array of more than there is', '9affffffff', 'truncated'],
  ['nothing', '', 'truncated'],
  ['nesting without end', '81'.repeat(100_000), 'cbor'],
];
for (const [title, bytes, fault] of refused)
  test(`[D6] refuses ${title}`, () => {
    assert.throws(
      () => decodeCbor(v.unknown(), hex(bytes)),
      (error: unknown) => error instanceof DecodeError && error.fault === fault,
    );
  });

test('[D6] refuses another shape, and says nothing of the input', () => {
  assert.throws(
    () => decodeCbor(v.strictObject({ a: v.number() }), encodeCbor({ a: 'secret' })),
    (error: unknown) => error instanceof DecodeError && error.message === 'shape',
  );
});

test('[D6] a key named __proto__ is a key like others, and changes no prototype', () => {
  const bytes = hex(`a1695f5f70726f746f5f5f${Buffer.from(encodeCbor({ admin: true })).toString('hex')}`);
  const value = decodeCbor(v.unknown(), bytes) as { admin?: boolean };
  assert.is(value.admin, undefined);
  assert.is(Object.getPrototypeOf(value), Object.prototype);
  assert.equal(encodeCbor(value), bytes);
});

test('[D6] bytes that were read are no view on what they were read from', () => {
  const bytes = encodeCbor([Uint8Array.of(1, 2)]);
  const [inner] = decodeCbor(v.tuple([v.instance(Uint8Array)]), bytes);
  bytes.fill(0);
  assert.equal(inner, Uint8Array.of(1, 2));
});

test.run();
