import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AdmissionBounds } from './admission.js';
import { ComeBack, Gate } from './admission.js';

const test = suite('admission');

const BOUNDS: AdmissionBounds = {
  hellosAtOnce: 4,
  hellosWaiting: 10,
  admissionMs: 1_000,
  comparedAtOnce: 100,
  comparingMs: 10,
};

/** Everything that was asked for by now has been dealt with. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('[C8] so many at once; the others wait in order, and no more than may', async () => {
  const gate = new Gate(4, BOUNDS, () => 0);
  const entered: number[] = [];
  const leaves: (() => void)[] = [];
  const away: ComeBack[] = [];
  for (let number = 0; number < 20; number += 1)
    gate.enter().then(
      (leave) => {
        entered.push(number);
        leaves.push(leave);
      },
      (error) => void away.push(error as ComeBack),
    );
  await turn();
  assert.equal(entered, [0, 1, 2, 3]);
  assert.equal([gate.used, gate.waiting, away.length], [4, 10, 6]);
  assert.ok(away.every((error) => error instanceof ComeBack));
  leaves[2]!();
  leaves[2]!();
  await turn();
  assert.equal(entered, [0, 1, 2, 3, 4]);
  while (leaves.length > 0) {
    leaves.shift()!();
    await turn();
    assert.ok(gate.used <= 4);
  }
  assert.equal(
    entered,
    Array.from({ length: 14 }, (_, number) => number),
  );
  assert.equal([gate.used, gate.waiting], [0, 0]);
});

test('[C8] what one takes counts; what is larger than all there is comes in alone', async () => {
  const gate = new Gate(10, BOUNDS, () => 0);
  const leave = await gate.enter(7);
  const second = gate.enter(4);
  // Nobody passes those who wait.
  const third = gate.enter(1);
  await turn();
  assert.equal([gate.used, gate.waiting], [7, 2]);
  leave();
  const leaves = await Promise.all([second, third]);
  assert.is(gate.used, 5);
  const large = gate.enter(50);
  await turn();
  assert.is(gate.waiting, 1);
  for (const each of leaves) each();
  (await large)();
  assert.is(gate.used, 0);
});

test('[C8] nobody waits for long, and those that are sent away come back one after the other', async () => {
  const clock = { now: 1_000_000 };
  const gate = new Gate(1, { ...BOUNDS, hellosWaiting: 3 }, () => clock.now);
  const leave = await gate.enter();
  const waited = gate.enter().then(
    () => undefined,
    (error) => error as ComeBack,
  );
  clock.now += BOUNDS.admissionMs;
  // Looking at the clock keeps no process alive.
  const alive = setInterval(() => undefined, 1_000);
  const error = await waited;
  clearInterval(alive);
  assert.instance(error, ComeBack);
  assert.is(gate.waiting, 0);
  for (let number = 0; number < 3; number += 1) void gate.enter().catch(() => undefined);
  const returns: number[] = [];
  for (let number = 0; number < 2_000; number += 1)
    await gate.enter().catch((away) => returns.push((away as ComeBack).returnMs));
  assert.is(returns.length, 2_000);
  assert.ok(returns.every((ms) => ms >= 1_500 && ms <= 150_000));
  const mean = (some: readonly number[]) => some.reduce((sum, ms) => sum + ms, 0) / some.length;
  // The later the more are ahead, and no two at the same time.
  assert.ok(mean(returns.slice(-200)) > mean(returns.slice(0, 200)), 'spread');
  assert.ok(new Set(returns).size > 500);
  leave();
});

test.run();
