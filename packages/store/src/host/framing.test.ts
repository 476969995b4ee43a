import { randomBytes } from 'node:crypto';
import { DecodeError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SeededRandom } from '../testing/seeded-random.js';
import { FRAME_BYTES, FrameReader, frame } from './framing.js';

const test = suite('frames of the store host');

test('frames come out as they went in, however the stream is cut', () => {
  const random = new SeededRandom('store host, frames');
  for (let round = 0; round < 200; round += 1) {
    const payloads = Array.from(
      { length: random.int(12) },
      () => new Uint8Array(randomBytes(random.chance(0.2) ? random.int(5_000) : random.int(6))),
    );
    const stream = Buffer.concat(payloads.map(frame));
    const reader = new FrameReader();
    const found: Uint8Array[] = [];
    for (let at = 0; at < stream.length; ) {
      const size = 1 + random.int(random.chance(0.5) ? 8 : 4_000);
      for (const payload of reader.take(stream.subarray(at, at + size))) {
        assert.is(payload.constructor, Uint8Array);
        found.push(payload.slice());
      }
      at += size;
    }
    assert.equal(found, payloads);
  }
});

test('a length that nobody sends is refused before anything is kept for it', () => {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(FRAME_BYTES + 1);
  assert.throws(
    () => [...new FrameReader().take(prefix)],
    (error: unknown) => error instanceof DecodeError && error.fault === 'too-large',
  );
});

test.run();
