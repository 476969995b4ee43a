import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compareClocks, MAX_DRIFT_MS } from '../../conversation/clock.js';
import { DeviceClock } from './device-clock.js';

const test = suite('clock of a device');
const NOON = 1_760_000_000_000;

test('X2: the wall clock where it runs ahead, a counter where it stands still or goes back', () => {
  const times = [NOON, NOON, NOON, NOON - 60_000, NOON + 5];
  const clock = new DeviceClock(() => times.shift()!);
  assert.equal(
    Array.from({ length: 5 }, () => clock.tick()),
    [
      { wall: NOON, counter: 0 },
      { wall: NOON, counter: 1 },
      { wall: NOON, counter: 2 },
      { wall: NOON, counter: 3 },
      { wall: NOON + 5, counter: 0 },
    ],
  );
});

test('X2: an answer comes after what it answers, whoever is ahead', () => {
  const clock = new DeviceClock(() => NOON);
  const seen = { wall: NOON + 90_000, counter: 4 };
  clock.saw(seen);
  assert.equal(clock.tick(), { wall: NOON + 90_000, counter: 5 });
  clock.saw({ wall: NOON - 1, counter: 99 });
  assert.equal(clock.tick(), { wall: NOON + 90_000, counter: 6 });
});

test('X2: one wild clock does not drag this one along', () => {
  const clock = new DeviceClock(() => NOON);
  clock.saw({ wall: NOON * 2, counter: 9 });
  const next = clock.tick();
  assert.ok(compareClocks(next, { wall: NOON + MAX_DRIFT_MS, counter: 2 }) < 0);
});

test.run();
