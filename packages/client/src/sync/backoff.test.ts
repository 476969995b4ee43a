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

test.run();
