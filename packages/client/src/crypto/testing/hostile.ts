import { fromHex } from './hex.js';

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 0x80))];
const field = (number: number, bytes: readonly number[]) => [
  ...varint(number * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];
const times = (count: number, bytes: readonly number[]) => Array.from({ length: count }, () => bytes).flat();

/** Protocol Buffers that have brought decoders down, or should have: every decoder is given them, bare and after each version byte. */
export const hostileBodies: Readonly<Record<string, Uint8Array>> = {
  empty: new Uint8Array(),
  'a length beyond the end': Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
  'a length of 2^63': Uint8Array.of(0x0a, ...times(9, [0x80]), 0x01),
  'a varint without end': Uint8Array.of(0x08, ...times(64, [0xff])),
  'a varint of eleven bytes': Uint8Array.of(0x08, ...times(10, [0x80]), 0x01),
  'a varint longer than needed': Uint8Array.of(0x08, 0x81, 0x00),
  'field number zero': Uint8Array.of(0x02, 0x01, 0x00),
  'the largest tag': Uint8Array.of(0xfa, 0xff, 0xff, 0xff, 0x0f, 0x00),
  'a tag beyond the largest': Uint8Array.of(...times(9, [0xff]), 0x01, 0x00),
  'groups in groups': Uint8Array.from(times(1_000, [0x0b])),
  'wire types six and seven': Uint8Array.of(0x0e, 0x0f),
  'messages in messages': Uint8Array.from(
    Array.from({ length: 200 }).reduce<number[]>((inner) => field(3, inner), []),
  ),
  'every field a thousand times': Uint8Array.from(
    times(
      1_000,
      [1, 2, 3, 4, 5, 6, 7, 8].flatMap((number) => field(number, [])),
    ),
  ),
  'a hundred thousand unknown fields': Uint8Array.from(times(100_000, [0xf8, 0x01, 0x00])),
  'fixed fields where others are due': fromHex(
    '0d0000000015000000001d00000000250000000029000000000000000'.padEnd(58, '0'),
  ),
  'every field empty': Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8].flatMap((number) => field(number, []))),
};
