import { isDeepStrictEqual } from 'node:util';
import { decode, encode } from 'cborg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import { DecodeError } from '../errors/decode-error.js';
import type { SeededRandom } from '../testing/seeded-random.js';
import { seededRandom } from '../testing/seeded-random.js';
import { decodeCbor, encodeCbor } from './cbor.js';

const test = suite('CBOR beside cborg');
const ROUNDS = 4_000;
const STRICT = { strict: true, allowIndefinite: false, allowUndefined: false, rejectDuplicateMapKeys: true };
const EDGES = [23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];

function randomText(random: SeededRandom): string {
  const letters = ['a', 'b', 'Z', '\u0000', 'é', '\ufeff', '漢', '🙂', '__proto__'];
  return Array.from({ length: random.int(30) }, () => random.pick(letters)).join('');
}

function randomValue(random: SeededRandom, depth: number): unknown {
  const kind = random.int(depth > 0 ? 8 : 6);
  if (kind === 0) return random.pick([true, false, null]);
  if (kind === 1) return random.int(2 ** 31) - 2 ** 30;
  if (kind === 2) return random.pick(EDGES) * random.pick([1, -1]);
  if (kind === 3) return random.bytes(random.int(300));
  if (kind < 6) return randomText(random);
  const size = random.int(30);
  if (kind === 6) return Array.from({ length: size }, () => randomValue(random, depth - 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [randomText(random), randomValue(random, depth - 1)]),
  );
}

/** What the peer reads, and whether it would have written just these bytes. */
function peerReads(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    const value: unknown = decode(bytes, STRICT);
    return Buffer.compare(encode(value), bytes) === 0 ? { value } : undefined;
  } catch {
    return undefined;
  }
}

function weRead(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    return { value: decodeCbor(v.unknown(), bytes) };
  } catch (error) {
    assert.instance(error, DecodeError);
    return undefined;
  }
}

test('[D6] writes what cborg writes, and each reads the other', () => {
  const random = seededRandom('CBOR values');
  for (let round = 0; round < ROUNDS; round += 1) {
    const value = randomValue(random, 3);
    const ours = encodeCbor(value);
    assert.is(Buffer.compare(ours, encode(value)), 0, 'other bytes');
    assert.ok(isDeepStrictEqual(weRead(ours)?.value, value), 'read as something else');
  }
});

test('[D6] what is read of damaged bytes is what cborg reads, and is written as the same bytes', () => {
  const random = seededRandom('CBOR bytes');
  let read = 0;
  for (let round = 0; round < ROUNDS * 5; round += 1) {
    const bytes = encodeCbor(randomValue(random, 2)).slice(0, 60);
    for (let change = random.int(3); change > 0; change -= 1)
      bytes[random.int(bytes.length)] = random.int(256);
    const ours = weRead(bytes);
    const theirs = peerReads(bytes);
    if (ours) {
      read += 1;
      assert.is(Buffer.compare(encodeCbor(ours.value), bytes), 0, 'another form');
    }
    if (ours && theirs) assert.ok(isDeepStrictEqual(ours.value, theirs.value), 'read as something else');
  }
  assert.ok(read > 100, `${read} read`);
});

test.run();
