import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUpCouch, tearDownCouch } from '@sotto/store';
import { begin } from './beginning.js';
import { settingsOf } from './open-store.js';
import { type Options, readOptions } from './options.js';
import { type Outcome, runChaos } from './run.js';
import { makeSchedule, type Plan } from './schedule/schedule.js';
import { SHAPE } from './schedule/shape.js';
import type { StoreChoice } from './servers/servers.js';
import { isClean } from './verdict/compare.js';
import { World } from './world.js';

/** Of what is wrong, so many are told. */
const MOST_TOLD = 20;
const say = (line: string) => console.error(line);

function planFor(store: StoreChoice, { seconds, rate, commands }: Options): Plan {
  const nodes = store.kind === 'couch' ? (commands ? store.urls.length : 0) : undefined;
  return { shape: SHAPE, seconds, rate, ...(nodes !== undefined && { nodes }) };
}

/** @returns nothing where only a beginning was asked for */
async function liveOn(store: StoreChoice, options: Options): Promise<Outcome | undefined> {
  const { seed, from, commands, patienceMs, keep } = options;
  const folder = await mkdtemp(join(tmpdir(), 'sotto-chaos-'));
  say(`${store.kind}, seed ${seed}, in ${folder}`);
  if (store.kind === 'couch') await setUpCouch(settingsOf(store));
  const known = from && store.kind === 'level' ? { from } : {};
  const world = await World.open({ folder, replicas: SHAPE.replicas, shape: SHAPE, store, ...known });
  const leave = async () => {
    await world.remove();
    if (store.kind === 'couch') await tearDownCouch(settingsOf(store));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void leave().then(() => process.exit(130)));
  let isGood = false;
  try {
    await world.start();
    if (!('from' in known)) await begin(world);
    if (options.begin) {
      await world.end();
      await world.keep();
      return undefined;
    }
    say(`${world.conversations.length} conversations have begun`);
    const steps = makeSchedule(seed, planFor(store, options));
    const outcome = await runChaos(world, {
      steps,
      patienceMs,
      say,
      reopen: true,
      ...(commands && { commands }),
    });
    isGood = isWell(outcome);
    return outcome;
  } finally {
    await world.end();
    if (!isGood && store.kind === 'level')
      await cp(world.servers.paths.store, join(folder, 'store'), { recursive: true });
    await leave();
    if (isGood && !keep) await rm(folder, { recursive: true, force: true });
    else say(`kept: ${folder}`);
  }
}

function isWell(outcome: Outcome): boolean {
  return isClean(outcome) && outcome.crashes.length === 0 && outcome.failures.length === 0;
}

function tell(outcome: Outcome): void {
  for (const kind of ['lost', 'doubled', 'diverged'] as const)
    for (const one of [...outcome[kind]].slice(0, MOST_TOLD)) say(`${kind}: ${one}`);
  for (const [fault, count] of outcome.reported) say(`reported ${count} times: ${fault}`);
  for (const crash of outcome.crashes) say(`crashed: ${crash}`);
  for (const failure of outcome.failures)
    say(`failed: ${failure instanceof Error ? failure.stack : failure}`);
}

function countsOf({
  acked,
  lost,
  doubled,
  diverged,
  faults,
  records,
  written,
  quietMs,
  crashes,
  failures,
}: Outcome) {
  return {
    ...{ acked, lost: lost.size, doubled: doubled.size, diverged: diverged.size },
    ...{ faults, records, written, quietMs, crashed: crashes.length, failed: failures.length },
  };
}

const options = readOptions(process.argv.slice(2), process.env);
const { seed, seconds, rate } = options;
let code = 0;
for (const store of options.stores) {
  if (options.replay) {
    for (const step of makeSchedule(seed, planFor(store, options))) console.log(JSON.stringify(step));
    continue;
  }
  const outcome = await liveOn(store, options);
  if (!outcome) continue;
  tell(outcome);
  const result = { ...countsOf(outcome), store: store.kind, seed };
  console.log(options.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
  if (isWell(outcome)) continue;
  code = 1;
  say(`again: npm run chaos -- --seconds ${seconds} --seed ${seed} --rate ${rate} --store ${store.kind}`);
}
process.exit(code);
