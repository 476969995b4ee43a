import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nameOf } from './faults.js';
import { makeSchedule, type Plan } from './schedule.js';
import { clientsOf, conversationsOf, SHAPE, SMALL_SHAPE } from './shape.js';

const test = suite('schedule of a chaos run');
const plan: Plan = { shape: SHAPE, seconds: 60, rate: 8 };
/** The first fault of seed 7, as it is told to whoever is to see the same. */
const FIRST = { at: 445, do: 'fault', fault: { kind: 'kill', place: 'replica:0', ms: 1_470 } };
const SEEDS = Array.from({ length: 20 }, (_, index) => index);

test('a seed gives the same schedule every time, and another one gives another', () => {
  const all = SEEDS.map((seed) => JSON.stringify(makeSchedule(seed, plan)));
  assert.equal(
    SEEDS.map((seed) => JSON.stringify(makeSchedule(seed, plan))),
    all,
  );
  assert.is(new Set(all).size, SEEDS.length);
  const [first] = makeSchedule(7, plan).filter((step) => step.do === 'fault');
  assert.equal(first, FIRST);
});

test('more that is said leaves what goes wrong as it was', () => {
  const faultsOf = (rate: number) => makeSchedule(3, { ...plan, rate }).filter((step) => step.do === 'fault');
  assert.equal(faultsOf(1), faultsOf(20));
});

test('a minute of any seed has every kind of fault; nothing comes before its time', () => {
  for (const seed of SEEDS) {
    const steps = makeSchedule(seed, plan);
    const kinds = new Set(steps.flatMap((step) => (step.do === 'fault' ? [nameOf(step.fault)] : [])));
    for (const kind of ['kill replica', 'freeze replica', 'drain replica', 'kill auth', 'kill store'])
      assert.ok(kinds.has(kind), `${kind} with ${seed}`);
    for (const kind of ['freeze store', 'fill', 'offline crew', 'skew store'])
      assert.ok(kinds.has(kind), `${kind} with ${seed}`);
    for (const kind of ['cut', 'block', 'hold', 'delay'])
      assert.ok(
        [...kinds].some((name) => name.startsWith(`${kind} `)),
        `${kind} with ${seed}`,
      );
    assert.equal(
      steps.map(({ at }) => at),
      steps.map(({ at }) => at).sort((a, b) => a - b),
    );
    assert.ok(steps.every(({ at }) => at >= 0 && at < 60_000));
  }
});

test('everybody writes, everywhere; no text is written twice', () => {
  const steps = makeSchedule(5, plan).filter((step) => step.do === 'write');
  assert.is(steps.length, 480);
  assert.is(new Set(steps.map(({ text }) => text.split(' ')[0])).size, 480);
  assert.is(new Set(steps.map(({ client }) => client)).size, SHAPE.accounts.length);
  assert.is(new Set(steps.map(({ conversation }) => conversation)).size, SHAPE.conversations.length);
  for (const { client, conversation } of steps)
    assert.ok(clientsOf(SHAPE, conversation).includes(client), 'into what they are in');
});

test('with a CouchDB its nodes are killed, and the host of a LevelDB is not', () => {
  const steps = makeSchedule(5, { ...plan, nodes: 3 });
  const names = steps.flatMap((step) => (step.do === 'fault' ? [nameOf(step.fault)] : []));
  assert.ok(names.includes('node'));
  for (const name of ['kill store', 'freeze store', 'skew store', 'fill'])
    assert.not.ok(names.includes(name));
});

test('there are at least 3 replicas, 20 clients and 10 conversations; everybody is in one, some people have two devices', () => {
  assert.ok(SHAPE.replicas >= 3);
  assert.ok(SHAPE.accounts.length >= 20);
  assert.is(SHAPE.conversations.length, 10);
  for (const shape of [SHAPE, SMALL_SHAPE]) {
    for (const client of shape.accounts.keys())
      assert.ok(conversationsOf(shape, client).length > 0, `${client}`);
    assert.equal(
      shape.crews.flat().sort((a, b) => a - b),
      [...shape.accounts.keys()],
    );
    assert.ok(new Set(shape.accounts).size < shape.accounts.length);
    assert.ok(shape.conversations.some((members) => members.length === 2));
    assert.ok(shape.conversations.some((members) => members.length > 2));
  }
});

test.run();
