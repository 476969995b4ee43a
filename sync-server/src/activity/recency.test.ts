import { randomInt } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Recency } from './recency.js';

const test = suite('recency');

test('[C2] a name may seem newer than it is, never older', () => {
  const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
  process.stdout.write(`recency: SEED=${seed}\n`);
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
  const recency = new Recency(1_024, 5_000);
  const newest = new Map<string, number>();
  for (let step = 0; step < 20_000; step += 1) {
    const name = `m.${random(500)}`;
    // More buckets go by than a cell can count.
    const bucket = 5_000 + step * 5 - random(100);
    recency.note(name, bucket);
    newest.set(name, Math.max(newest.get(name) ?? 0, bucket));
    const asked = `m.${random(500)}`;
    const last = newest.get(asked);
    if (last !== undefined) assert.ok(recency.isSince(asked, last), `${asked} at ${step}`);
  }
});

test('[C2] what nothing happened to is told apart from what something happened to, as long as there is room', () => {
  const recency = new Recency(2 ** 16, 1_000);
  const name = (index: number) => `m.${'x'.repeat(16)}${index}`;
  for (let index = 0; index < 50_000; index += 1)
    recency.note(name(index), 1_000 + (index % 4_000 === 0 ? 500 : 1));
  const active = Array.from({ length: 50_000 }, (_, index) => index).filter((index) =>
    recency.isSince(name(index), 1_400),
  );
  // 13 of them are; the rest shares cells with others, of which few are new.
  assert.ok(active.length >= 13 && active.length < 20, `${active.length} active`);
  const strangers = Array.from({ length: 1_000 }, (_, index) => `a.${index}`);
  assert.ok(strangers.every((stranger) => !recency.isSince(stranger, 1_400)));
  assert.not.ok(new Recency(16, 0).isSince('m.x', 0), 'nothing happened yet');
});

test('[C2] its memory is fixed, whatever happens', () => {
  assert.throws(() => new Recency(1_000, 0), 'power of two');
  const recency = new Recency(16, 0);
  for (let index = 0; index < 10_000; index += 1) recency.note(`m.${index}`, 7);
  assert.ok(recency.isSince('m.anything', 7), 'full: everything counts as active');
});

test.run();
