import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../crypto/seeded-random.js';
import {
  type Clock,
  compare,
  compareClocks,
  MAX_COUNTER,
  MAX_DRIFT_MS,
  receive,
  tick,
  ZERO_CLOCK,
} from './clock.js';

const test = suite('clock');
const now = 1_760_000_000_000;

test('X2 a tick follows the wall clock, and counts where that stands still or runs back', () => {
  const first = tick(ZERO_CLOCK, now + 0.7);
  assert.equal(first, { wall: now, counter: 0 });
  assert.equal(tick(first, now), { wall: now, counter: 1 });
  assert.equal(tick(first, now - 60_000), { wall: now, counter: 1 });
  assert.equal(tick(first, now + 1), { wall: now + 1, counter: 0 });
});

test('X2 a full counter carries into the wall part and stays an integer', () => {
  assert.equal(tick({ wall: now, counter: MAX_COUNTER }, now), { wall: now + 1, counter: 0 });
});

test('X2 what was received comes before what is written next', () => {
  const remote: Clock = { wall: now + 1_000, counter: 7 };
  const after = receive({ wall: now, counter: 3 }, remote, now);
  assert.equal(after, remote);
  assert.equal(tick(after, now), { wall: now + 1_000, counter: 8 });
  assert.equal(receive(remote, { wall: now, counter: 9 }, now), remote, 'an older clock changes nothing');
});

test('X2 a wild remote clock pulls no further than the bound, however often', () => {
  let last: Clock = ZERO_CLOCK;
  for (let i = 0; i < 50; i++) last = tick(receive(last, { wall: now * 2, counter: 12 }, now), now);
  assert.is(last.wall, now + MAX_DRIFT_MS);
  assert.ok(last.counter <= 50);
});

test('X2 ticks always rise, whatever the wall clock and others do', () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  process.stdout.write(`clock: seed ${seed}\n`);
  const random = seededRandom(seed);
  let last: Clock = ZERO_CLOCK;
  for (let i = 0; i < 2_000; i++) {
    const wall = now + random.below(1_000) - 500;
    const remote = { wall: now + random.below(2 * MAX_DRIFT_MS), counter: random.below(MAX_COUNTER + 1) };
    const seen = random.below(2) === 0 ? receive(last, remote, wall) : last;
    const next = tick(seen, wall);
    assert.ok(compareClocks(next, last) > 0 && Number.isSafeInteger(next.wall));
    last = next;
  }
});

test('X2 order: wall, counter, device', () => {
  const at = { wall: 5, counter: 5 };
  assert.ok(compare(at, { wall: 6, counter: 0 }, 'z', 'a') < 0);
  assert.ok(compare(at, { wall: 5, counter: 6 }, 'z', 'a') < 0);
  assert.ok(compare(at, at, 'a', 'b') < 0);
  assert.ok(compare(at, at, 'B', 'a') < 0, 'code units, not a locale');
  assert.is(compare(at, at, 'a', 'a'), 0);
});

test.run();
