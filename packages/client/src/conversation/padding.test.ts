import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeOf } from './envelope-fixture.js';
import { fuzzDecoder } from './fuzz-decoder.js';
import { BUCKETS, bucketOf, padToBucket, padToMultiple, unpadBucket, unpadMultiple } from './padding.js';

const test = suite('padding');

test('X5 the buckets', () => {
  assert.equal(
    BUCKETS.map((size) => size + 1),
    [
      160, 240, 320, 480, 640, 960, 1_280, 1_920, 2_560, 3_840, 5_120, 7_680, 10_240, 15_360, 20_480, 30_720,
      40_960, 61_440, 65_024,
    ],
  );
  assert.ok(BUCKETS.every((size) => size % 16 === 15));
});

test('X5 contents of every length around a bucket come back and have the bucket’s size', async () => {
  for (const size of BUCKETS)
    for (const length of [size - 2, size - 1, size]) {
      const content = new Uint8Array(length).fill(0x80);
      const bucket = bucketOf(length);
      if (bucket === undefined) {
        assert.is(await codeOf(() => padToBucket(content)), 'conversation/too-large');
        continue;
      }
      const padded = padToBucket(content);
      assert.is(padded.length, length < size ? size : bucket);
      assert.equal([...unpadBucket(padded)], [...content]);
    }
});

test('X5 contents that end like padding come back', () => {
  for (const content of [[], [0], [0x80], [0x80, 0, 0], [0, 0x80], [1, 0x80, 0]]) {
    assert.equal([...unpadBucket(padToBucket(Uint8Array.from(content)))], content);
    assert.equal([...unpadMultiple(padToMultiple(Uint8Array.from(content), 64), 64)], content);
  }
});

test('X5 no content has two paddings: whatever unpads is what padding gives', async () => {
  const cases = [
    new Uint8Array(0),
    new Uint8Array(159),
    new Uint8Array(159).fill(1),
    Uint8Array.of(0x80),
    padToBucket(new Uint8Array(5)).subarray(0, 158),
    (() => {
      const over = new Uint8Array(239);
      over[5] = 0x80;
      return over;
    })(),
  ];
  for (const bytes of cases) assert.is(await codeOf(() => unpadBucket(bytes)), 'conversation/malformed');
  await fuzzDecoder('padding', padToBucket(new Uint8Array(100).fill(3)), (bytes) => {
    assert.equal(padToBucket(unpadBucket(bytes)), Uint8Array.from(bytes));
  });
});

test('X13 multiples of 64, at least one byte of padding', async () => {
  assert.is(padToMultiple(new Uint8Array(0), 64).length, 64);
  assert.is(padToMultiple(new Uint8Array(63), 64).length, 64);
  assert.is(padToMultiple(new Uint8Array(64), 64).length, 128);
  const over = new Uint8Array(128);
  over[0] = 0x80;
  assert.is(await codeOf(() => unpadMultiple(over, 64)), 'conversation/malformed');
});

test.run();
