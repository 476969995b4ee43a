import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import { DecodeError } from '../errors/decode-error.js';
import { decodeCbor, encodeCbor } from './cbor.js';

const test = suite('CBOR');
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

test('[D6] writes shortest forms and orders keys by length, then bytes', () => {
  assert.equal(encodeCbor({ bb: 1, a: 24, b: Uint8Array.of(1) }), hex('a361611818616241016262' + '6201'));
});

test('[D6] reads back what it wrote', () => {
  const value = { list: [0, 1.5, -1, 'text', true, null, Uint8Array.of(1)], big: 2 ** 53 - 1 };
  assert.equal(decodeCbor(v.unknown(), encodeCbor(value)), value);
});

const refused: [string, string][] = [
  ['an indefinite array', '9f01ff'],
  ['an indefinite string', '7f6161ff'],
  ['an integer longer than it need be', '1801'],
  ['a length longer than it need be', '580101'],
  ['a tag', 'c000'],
  ['a bignum', 'c24101'],
  ['a duplicate key', 'a2616101616102'],
  ['undefined', 'f7'],
  ['NaN', 'f97e00'],
  ['infinity', 'f97c00'],
  ['an integer beyond 2^53', '1b0020000000000000'],
  ['trailing bytes', '0101'],
  ['a length past the end', '5affffffff00'],
  ['an array of more than there is', '9affffffff'],
  ['nothing', ''],
  ['nesting without end', '81'.repeat(100_000)],
];
for (const [title, bytes] of refused)
  test(`[D6] refuses ${title}`, () => {
    assert.throws(
      () => decodeCbor(v.unknown(), hex(bytes)),
      (error: unknown) => error instanceof DecodeError && error.fault === 'cbor' && error.message === 'cbor',
    );
  });

test('[D6] refuses another shape, and says nothing of the input', () => {
  assert.throws(
    () => decodeCbor(v.strictObject({ a: v.number() }), encodeCbor({ a: 'secret' })),
    (error: unknown) => error instanceof DecodeError && error.message === 'shape',
  );
});

test('[D6] a key named __proto__ changes no prototype', () => {
  const bytes = hex(`a1695f5f70726f746f5f5f${Buffer.from(encodeCbor({ admin: true })).toString('hex')}`);
  let value: unknown;
  try {
    value = decodeCbor(v.object({ admin: v.optional(v.boolean()) }), bytes);
  } catch (error) {
    assert.instance(error, DecodeError);
    return;
  }
  assert.is((value as { admin?: boolean }).admin, undefined);
});

test.run();
