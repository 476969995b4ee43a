import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { InvalidMessageError } from './errors.js';
import { decodeFields, encodeFields } from './protobuf.js';
import { fuzzDecoder } from './testing/fuzz-decoder.js';

const test = suite('protobuf');
const fail = () => new InvalidMessageError('The message is malformed.');
const decode = (...bytes: number[]) => decodeFields(Uint8Array.from(bytes), fail);
const refused = (action: () => unknown) =>
  assert.throws(action, (error: unknown) => error instanceof InvalidMessageError);

test('protobuf encoding, the examples of its documentation', () => {
  assert.equal(encodeFields([[1, 150]]), Uint8Array.of(0x08, 0x96, 0x01));
  assert.equal(
    encodeFields([[2, new TextEncoder().encode('testing')]]),
    Uint8Array.of(0x12, 7, 116, 101, 115, 116, 105, 110, 103),
  );
});

test('numbers up to 2^53 - 1 come back', () => {
  for (const value of [0, 1, 127, 128, 0x7fffffff, 0xffffffff, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    const fields = decodeFields(encodeFields([[3, value]]), fail);
    assert.is(fields.uint(3, Number.MAX_SAFE_INTEGER), value);
    if (value > 0xffffffff) refused(() => fields.uint(3));
  }
});

test('fields come in any order, unknown ones of every type are skipped', () => {
  const fields = decode(
    0x12,
    1,
    9,
    0x39,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    0x3d,
    1,
    2,
    3,
    4,
    0x30,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    1,
    0x08,
    5,
  );
  assert.is(fields.uint(1), 5);
  assert.equal(fields.bytes(2, 1), Uint8Array.of(9));
  assert.is(fields.optionalUint(4), undefined);
  assert.equal(fields.repeated(4), []);
});

test('missing, repeated, wrongly typed and wrongly sized fields are refused', () => {
  refused(() => decode().uint(1));
  refused(() => decode(0x08, 1, 0x08, 1).uint(1));
  refused(() => decode(0x08, 1).bytes(1));
  refused(() => decode(0x0a, 1, 1).uint(1));
  refused(() => decode(0x0a, 1, 1).bytes(1, 2));
  refused(() => decode(0x08, 1).repeated(1));
  for (const accessor of ['uint', 'optionalUint', 'bytes', 'optionalBytes', 'repeated'] as const) {
    refused(() => decode(0x0d, 0, 0, 0, 0)[accessor](1));
    refused(() => decode(0x09, 0, 0, 0, 0, 0, 0, 0, 0)[accessor](1));
  }
});

test('only unsigned integers are encoded', () => {
  for (const value of [-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])
    assert.throws(
      () => encodeFields([[1, value]]),
      (error: unknown) => error instanceof RangeError,
    );
});

test('malformed input is refused', () => {
  refused(() => decode(0x08));
  refused(() => decode(0x08, 0x80));
  refused(() => decode(0x08, 0x80, 0x00));
  refused(() => decode(0x08, ...new Array(10).fill(0xff), 1));
  refused(() => decode(0x0a, 2, 1));
  refused(() => decode(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f));
  refused(() => decode(0x00, 1));
  for (const group of [0x0b, 0x0c, 0x0e, 0x0f]) refused(() => decode(group));
  refused(() => decode(0x0d, 1, 2, 3));
  refused(() => decode(0x09, 1, 2, 3, 4, 5, 6, 7));
});

test('what a reader returns is a copy, of a view too', () => {
  const message = Uint8Array.of(0, 0x0a, 1, 7).subarray(1);
  const value = decodeFields(message, fail).bytes(1);
  message.fill(0);
  assert.equal(value, Uint8Array.of(7));
  assert.is(value.buffer.byteLength, 1);
});

test('fuzz: any bytes decode or throw the typed error', async () => {
  const valid = encodeFields([
    [1, 300],
    [2, new Uint8Array(20)],
    [2, new Uint8Array(3)],
  ]);
  const result = await fuzzDecoder(
    'protobuf',
    valid,
    (bytes) => decodeFields(bytes, fail).repeated(2),
    5_000,
  );
  assert.ok(result.accepted > 0 && result.rejected > 0);
});

test.run();
