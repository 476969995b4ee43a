import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { backoffMs } from './backoff.js';

const test = suite('back-off');
const ATTEMPTS = Array.from({ length: 20 }, (_, attempt) => attempt);

test('W12: the longest wait doubles from half a second, and stops at half a minute', () => {
  const longest = ATTEMPTS.map((attempt) => backoffMs(attempt, 1));
  assert.equal(longest.slice(0, 7), [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  assert.ok(longest.slice(6).every((ms) => ms === 30_000));
});

test('W12: chance spreads each wait over its upper half', () => {
  for (const attempt of ATTEMPTS) {
    const [least, middle, most] = [0, 0.5, 1].map((random) => backoffMs(attempt, random));
    assert.is(least! * 2, most);
    assert.is(middle! * 4, most! * 3);
  }
});

test('W12: what the server asked for comes on top, so that a drain is spread too', () => {
  assert.is(backoffMs(0, 0, 7_000), 7_250);
  assert.is(backoffMs(0, 1, 7_000), 7_500);
  assert.is(backoffMs(10_000, 1, 7_000), 37_000);
});

test('W12: of ten thousand devices that a drain or a dead server sent away at once no tenth of the time gets more than a fifth', () => {
  const drained = () => backoffMs(0, Math.random(), Math.round(2_000 * (0.5 + Math.random())));
  const lost = (attempt: number) => () => backoffMs(attempt, Math.random());
  const cases: [string, () => number, number, number][] = [
    ['drained', drained, 1_250, 3_500],
    ['lost', lost(0), 250, 500],
    ['lost again', lost(3), 2_000, 4_000],
    ['lost for long', lost(9), 15_000, 30_000],
  ];
  for (const [name, wait, least, most] of cases) {
    const parts = Array<number>(10).fill(0);
    for (let device = 0; device < 10_000; device += 1) {
      const ms = wait();
      assert.ok(ms >= least && ms <= most, `${name}: ${ms}`);
      parts[Math.min(9, Math.floor(((ms - least) / (most - least)) * 10))]! += 1;
    }
    assert.ok(
      parts.every((count) => count < 2_000),
      `${name}: ${parts}`,
    );
  }
});

test.run();
