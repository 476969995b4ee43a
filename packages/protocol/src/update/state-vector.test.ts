import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as Y from 'yjs';
import { ByteWriter } from '../bytes/writer.js';
import { DecodeError } from '../errors/decode-error.js';
import { randomWriters } from '../testing/feeds.js';
import { seededRandom } from '../testing/seeded-random.js';
import { decodeStateVector, encodeStateVector } from './state-vector.js';

const test = suite('state vectors');

test("[U6] reads and writes Yjs' bytes", () => {
  const random = seededRandom('state vectors');
  for (let round = 0; round < 10; round += 1) {
    const doc = new Y.Doc();
    for (const writer of randomWriters(random, random.int(8), 2))
      for (const update of writer.updates) Y.applyUpdate(doc, update);
    const bytes = Y.encodeStateVector(doc);
    const vector = decodeStateVector(bytes);
    assert.equal(vector, Y.decodeStateVector(bytes), `seed ${random.seed}`);
    assert.equal(encodeStateVector(vector), bytes, `seed ${random.seed}`);
  }
});

test('[U6] refuses a client named twice, too many, and trailing bytes', () => {
  const faults = [
    [new ByteWriter().varUint(2).varUint(5).varUint(1).varUint(5).varUint(2).finish(), 'shape'],
    [new ByteWriter().varUint(65_537).finish(), 'too-many'],
    [Uint8Array.of(0, 0), 'trailing-bytes'],
    [Uint8Array.of(1, 1), 'truncated'],
  ] as const;
  for (const [bytes, fault] of faults)
    assert.throws(
      () => decodeStateVector(bytes),
      (error: unknown) => error instanceof DecodeError && error.fault === fault,
    );
});

test.run();
