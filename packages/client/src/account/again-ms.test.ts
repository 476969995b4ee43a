import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { againMs } from './again-ms.js';

const test = suite('waiting before the same request');

test('S11: never less than the server asked for, and up to half as much again', () => {
  for (const asked of [0, 1, 500, 1_000, 10_000, 60_000]) {
    const most = asked + Math.max(asked / 2, 250);
    assert.is(againMs(asked, 0), asked);
    assert.is(againMs(asked, 1), Math.round(most));
    for (let time = 0; time < 1_000; time += 1) {
      const wait = againMs(asked);
      assert.ok(wait >= asked && wait <= most, `${asked}: ${wait}`);
    }
  }
});

test('S11: of a thousand that were refused together no tenth of the spread gets more than a fifth', () => {
  const parts = Array<number>(10).fill(0);
  for (let device = 0; device < 1_000; device += 1) {
    const late = (againMs(1_000) - 1_000) / 500;
    parts[Math.min(9, Math.floor(late * 10))]! += 1;
  }
  assert.ok(
    parts.every((count) => count > 0 && count < 200),
    parts.join(),
  );
});

test.run();
