import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../crypto/seeded-random.js';
import { printSeed } from '../crypto/testing/print-seed.js';
import { Sequences } from './sequences.js';

const test = suite('sequences');

test('what is missing between two that are here is a gap, told with when the next one was said', () => {
  const here = new Sequences();
  assert.is(here.last, -1);
  for (const seq of [4, 5, 9, 7]) here.add(seq, seq * 10);
  assert.equal(here.gaps(), [
    { seq: 6, at: 70 },
    { seq: 8, at: 90 },
  ]);
  here.add(8, 80);
  here.add(8, 80);
  assert.equal(here.gaps(), [{ seq: 6, at: 70 }]);
  here.add(6, 60);
  assert.equal(here.gaps(), []);
  assert.is(here.last, 9);
  assert.ok(here.has(4));
  assert.not(here.has(3));
});

test('the order they come in changes nothing', () => {
  const seed = Date.now() >>> 0;
  printSeed('sequences', seed);
  const random = seededRandom(seed);
  for (let round = 0; round < 200; round += 1) {
    const all = Array.from({ length: 30 }, (_, seq) => seq).filter(() => random.below(3) > 0);
    const here = new Sequences();
    const left = [...all];
    while (left.length > 0) {
      const [seq] = left.splice(random.below(left.length), 1);
      here.add(seq!, seq!);
    }
    const expected = all.slice(1).flatMap((seq, index) => {
      const missing = all[index]! + 1;
      return missing < seq ? [{ seq: missing, at: seq }] : [];
    });
    assert.equal(here.gaps(), expected);
    assert.is(here.last, all.at(-1) ?? -1);
    for (let seq = 0; seq < 30; seq += 1) assert.is(here.has(seq), all.includes(seq));
  }
});

test.run();
