import { seededRandom } from '@sotto/client/testing/crypto';
import { DecodeError, encodeCbor } from '@sotto/protocol';
import { readAnyCbor } from '@sotto/protocol/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fuzzTarget } from './fuzz-target.js';
import { changed } from './mutations.js';
import { changeCbor, changeJson } from './structure.js';
import type { Target } from './targets.js';
import { Broken, tryInput } from './try-input.js';
import { WatchedFuzzer } from './watched-fuzzer.js';

/** Fuzzing that found nothing proves nothing unless it would have found something. */
const test = suite('fuzzing notices');

const targetOf = (decode: Target['decode'], more: Partial<Target> = {}): Target => ({
  name: 'control',
  folder: 'ops/none',
  form: 'bytes',
  samples: () => [Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
  decode,
  ...more,
});
const broken = (target: Target, input = Uint8Array.of(1)) =>
  tryInput(target, input).then(
    () => undefined,
    (error: unknown) => error as Broken,
  );

test('an untyped error, thrown at once or later', async () => {
  const thrown = [
    targetOf(() => {
      throw new TypeError('x of undefined');
    }),
    targetOf(async () => {
      throw new RangeError('too deep');
    }),
  ];
  for (const target of thrown) assert.instance(await broken(target), Broken);
  const refusing = targetOf(() => {
    throw new DecodeError('shape');
  });
  assert.is(await tryInput(refusing, Uint8Array.of(1)), 'refused');
  assert.is(
    await tryInput(
      targetOf(() => 1),
      Uint8Array.of(1),
    ),
    'taken',
  );
});

test('a decoder that writes to its input', async () => {
  const error = await broken(
    targetOf((bytes) => {
      bytes[0] = 9;
    }),
  );
  assert.match(error!.message, /written to/);
});

test('a valid input that is refused', async () => {
  const target = targetOf(() => {
    throw new DecodeError('shape');
  });
  const run = { seed: 1, rounds: 10, until: Number.POSITIVE_INFINITY };
  const error = await fuzzTarget(target, run, () => {}).catch((reason: unknown) => reason);
  assert.match((error as Broken).message, /valid input was refused/);
});

test('a fault that one changed byte reveals, with the seed that finds it again', async () => {
  const target = targetOf((bytes) => {
    if (bytes.length > 4 && bytes[3] === 0xff) throw new TypeError('fault');
  });
  const run = { seed: 7, rounds: 20_000, until: Number.POSITIVE_INFINITY };
  const found = await Promise.all(
    [1, 2].map(() => fuzzTarget(target, run, () => {}).catch((reason: unknown) => reason as Broken)),
  );
  assert.instance(found[0], Broken);
  assert.equal((found[0] as Broken).input, (found[1] as Broken).input);
});

test('a decoder that never ends', async () => {
  const fuzzer = new WatchedFuzzer({
    hangMs: 1_500,
    worker: new URL('./testing/endless-worker.js', import.meta.url),
  });
  const verdict = await fuzzer.run('control', { seed: 1, rounds: 1, until: 0 });
  assert.is(verdict.status, 'hung');
  assert.equal(verdict.status === 'hung' && [...verdict.input], [1, 2, 3]);
  await fuzzer.close();
});

test('changes of CBOR and JSON reach every depth and stay CBOR and JSON', () => {
  const value = { a: [1, { b: new Uint8Array(20) }], c: encodeCbor({ inner: [1, 2] }) };
  const cbor = encodeCbor(value);
  const random = seededRandom(3);
  const seen = { inner: 0, proto: 0, cbor: 0 };
  for (let round = 0; round < 4_000; round += 1) {
    const bytes = changeCbor(random, cbor);
    if (!bytes) continue;
    const text = Buffer.from(bytes).toString('latin1');
    if (text.includes('__proto__')) seen.proto += 1;
    if (text.includes('inner') && !text.includes(Buffer.from(value.c).toString('latin1'))) seen.inner += 1;
    try {
      readAnyCbor(bytes);
      seen.cbor += 1;
    } catch (error) {
      // Some hazards are values that this wire never carries.
      if (!(error instanceof DecodeError)) throw error;
    }
  }
  assert.ok(seen.cbor > 3_000 && seen.inner > 20 && seen.proto > 50, JSON.stringify(seen));
  const json = new TextEncoder().encode('{"a":[1,{"b":"x"}]}');
  const changes = Array.from({ length: 200 }, () => changeJson(random, json)).filter(Boolean);
  for (const bytes of changes) JSON.parse(new TextDecoder().decode(bytes!));
  assert.ok(changes.length > 150);
});

test('changes inside padding keep the padding', () => {
  const padding = {
    strip: (bytes: Uint8Array) => bytes.subarray(1),
    add: (content: Uint8Array) => Uint8Array.of(42, ...content),
  };
  const random = seededRandom(5);
  const inputs = [Uint8Array.of(42, 1, 2, 3, 4)];
  const kept = Array.from({ length: 400 }, () => changed(random, { form: 'bytes', padding }, inputs));
  assert.ok(kept.filter((input) => input[0] === 42).length > 280);
});

test.run();
