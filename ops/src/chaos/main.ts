import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { begin } from './beginning.js';
import { runChaos } from './run.js';
import { makeSchedule, type Plan } from './schedule/schedule.js';
import { SHAPE } from './schedule/shape.js';
import { World } from './world.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string' },
    rate: { type: 'string', default: '8' },
    patience: { type: 'string', default: '120' },
    disk: { type: 'string', default: 'tmpfs' },
    from: { type: 'string' },
    json: { type: 'boolean', default: false },
    replay: { type: 'boolean', default: false },
    begin: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed);
const plan: Plan = { shape: SHAPE, seconds: Number(values.seconds), rate: Number(values.rate) };
const steps = makeSchedule(seed, plan);
if (values.replay) {
  for (const step of steps) console.log(JSON.stringify(step));
  process.exit(0);
}
const say = (line: string) => console.error(line);
const folder = await mkdtemp(join(tmpdir(), 'sotto-chaos-'));
const world = await World.open({
  ...{ folder, replicas: SHAPE.replicas, shape: SHAPE },
  ...(values.from && { from: values.from }),
  store: { kind: 'level', disk: values.disk === 'limit' ? 'limit' : 'tmpfs' },
});
let code = 1;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void world.remove().then(() => process.exit(130)));
try {
  say(`seed ${seed}, ${folder}`);
  const t = performance.now();
  await world.start();
  if (!values.from) await begin(world);
  if (values.begin) {
    await world.end();
    await world.keep();
    say(`begun in ${folder}`);
    process.exit(0);
  }
  say(`begun after ${Math.round(performance.now() - t)} ms`);
  const outcome = await runChaos(world, { steps, patienceMs: Number(values.patience) * 1_000, say });
  for (const kind of ['lost', 'doubled', 'diverged'] as const)
    for (const one of [...outcome[kind]].slice(0, 20)) say(`${kind}: ${one}`);
  for (const [fault, count] of outcome.reported) say(`reported ${count} times: ${fault}`);
  for (const failure of outcome.failures)
    say(`failed: ${failure instanceof Error ? failure.stack : failure}`);
  const { acked, lost, doubled, diverged, faults, records, written, quietMs } = outcome;
  const result = {
    ...{ acked, lost: lost.size, doubled: doubled.size, diverged: diverged.size },
    ...{ faults, records, written, quietMs, seed },
  };
  console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
  code = lost.size + doubled.size + diverged.size === 0 ? 0 : 1;
  if (code !== 0)
    say(`again: npm run chaos -- --seconds ${values.seconds} --seed ${seed} --rate ${values.rate}`);
} finally {
  await world.end();
  if (code !== 0)
    await cp(world.servers.paths.store, join(folder, 'store'), { recursive: true }).catch(() => {});
  await world.remove();
  if (code === 0 && !values.keep) await rm(folder, { recursive: true, force: true });
  else say(`kept: ${folder}`);
}
process.exit(code);
