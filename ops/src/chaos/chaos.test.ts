import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { begin } from './beginning.js';
import { ACKNOWLEDGES_EARLY, MERGES_TWICE } from './controls.js';
import { type Outcome, runChaos } from './run.js';
import { makeSchedule, type Plan } from './schedule/schedule.js';
import { SMALL_SHAPE } from './schedule/shape.js';
import { World } from './world.js';

/** Replicas, a store and clients as processes, in all kinds of trouble; and two that are not right, which must be noticed. */
const test = suite('chaos');
const SEED = 4;
const PATIENCE_MS = 120_000;
/** A control is wrong from the moment on that it is looked at. */
const CONTROL_PATIENCE_MS = 4_000;

const folder = await mkdtemp(join(tmpdir(), 'sotto-chaos-'));
const begun = join(folder, 'begun');
const setUp = {
  ...{ replicas: SMALL_SHAPE.replicas, shape: SMALL_SHAPE },
  store: { kind: 'level', disk: 'limit' },
} as const;

/** Made once; what it fails with shows in each test. */
let beginning: Promise<void> | undefined;

async function makeBeginning(): Promise<void> {
  const world = await World.open({ ...setUp, folder: begun });
  try {
    await world.start();
    await begin(world);
    await world.end();
    await world.keep();
  } finally {
    await world.remove();
  }
}

test.after(() => rm(folder, { recursive: true, force: true }));

async function live(
  name: string,
  plan: Omit<Plan, 'shape'>,
  options: { patienceMs: number; removedChecks?: string; clientChecks?: string },
): Promise<Outcome> {
  const { patienceMs, ...checks } = options;
  beginning ??= makeBeginning();
  await beginning;
  const world = await World.open({ ...setUp, ...checks, folder: join(folder, name), from: begun });
  try {
    await world.start();
    const steps = makeSchedule(SEED, { ...plan, shape: SMALL_SHAPE });
    return await runChaos(world, { steps, patienceMs, say: console.log });
  } finally {
    await world.remove();
  }
}

test(`S1 S9 S12 U7 U8 whatever is killed, cut, filled and set wrong: nothing is lost, doubled or told differently (seed ${SEED})`, async () => {
  const outcome = await live('honest', { seconds: 15, rate: 6 }, { patienceMs: PATIENCE_MS });
  for (const kind of ['lost', 'doubled', 'diverged'] as const) assert.equal([...outcome[kind]], [], kind);
  assert.equal([...outcome.failures, ...outcome.crashes], []);
  assert.ok(outcome.acked > 60, `${outcome.acked} acknowledged`);
  assert.ok(outcome.records > outcome.acked, `${outcome.records} envelopes`);
  assert.is(
    Object.values(outcome.faults).reduce((sum, count) => sum + count, 0),
    18,
  );
});

test(`control: a server that ${ACKNOWLEDGES_EARLY.what} loses`, async () => {
  const plan: Omit<Plan, 'shape'> = { seconds: 5, rate: 10, only: ['fill'] };
  const outcome = await live('early', plan, {
    ...{ patienceMs: CONTROL_PATIENCE_MS, removedChecks: JSON.stringify([ACKNOWLEDGES_EARLY]) },
  });
  // What a slow machine has not sent in time is missing too: these were acknowledged, and the store has none of them.
  const records = [...outcome.lost].filter((what) => what.startsWith('record '));
  assert.ok(records.length > 0, `${outcome.lost.size} lost`);
});

test(`control: a device that ${MERGES_TWICE.what} doubles`, async () => {
  const plan: Omit<Plan, 'shape'> = { seconds: 3, rate: 8, only: ['cut'] };
  const outcome = await live('twice', plan, {
    ...{ patienceMs: CONTROL_PATIENCE_MS, clientChecks: JSON.stringify([MERGES_TWICE]) },
  });
  assert.ok(outcome.doubled.size > 0);
});

test.run();
