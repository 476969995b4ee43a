import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { barLines } from './sync/bars.js';
import { measureSync, serversHere, WORKLOADS } from './sync/measure.js';
import { printed } from './sync/printed.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    servers: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    profile: { type: 'string' },
  },
});
/** Unless others are named: those that every server can do. */
const ALWAYS = 'fanoutA,fanoutB,join,idle,restart';
const here = serversHere();
if (!here.includes('yws'))
  console.error('The servers from npm are not installed (ops/sync-peers): they are left out.');
const listed = (text: string | undefined) => text?.split(',');
const result = await measureSync(
  {
    servers: here.filter((name) => listed(values.servers)?.includes(name) ?? true),
    workloads: WORKLOADS.filter((name) => listed(values.only ?? ALWAYS)!.includes(name)),
    rounds: Number(values.rounds ?? (values.quick ? 1 : 3)),
    seconds: Number(values.seconds ?? (values.quick ? 3 : 8)),
    connections: values.quick ? 2_000 : 10_000,
    flags: values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : [],
  },
  (step) => console.error(step),
);
console.error(`load of the machine at the end: ${loadavg()[0]!.toFixed(1)}`);
for (const line of barLines(result)) console.error(line);
console.log(values.json ? JSON.stringify(printed(result)) : JSON.stringify(result, undefined, 2));
process.exit(0);
