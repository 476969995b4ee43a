import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type BetweenSites, measureBetween } from './couch/between-sites.js';
import { type CouchFigures, measureCouch } from './couch/measure.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    records: { type: 'string', default: '10000' },
    shards: { type: 'string', default: '4' },
  },
});
const { COUCHDB_URL: urls, COUCHDB_PIDS: pids = '', COUCHDB_SITES_URLS: sites } = process.env;
if (!urls) {
  console.error('COUCHDB_URL names no CouchDB: there is nothing to measure.');
  process.exit(1);
}

const figures: CouchFigures[] = [];
for (const [writers, listeners] of [
  [64, 0],
  [256, 0],
  [256, 1],
  [256, 4],
] as const) {
  const figure = await measureCouch({
    urls,
    pids: pids.split(',').filter(Boolean).map(Number),
    shards: Number(values.shards),
    records: Number(values.records),
    writers,
    listeners,
  });
  console.error(JSON.stringify(figure));
  figures.push(figure);
}
const [one, other] = sites?.split(',') ?? [];
const between: BetweenSites | undefined = one && other ? await measureBetween([one, other], 200) : undefined;
console.error(`load of the machine at the end: ${loadavg()[0]!.toFixed(1)}`);
const result = { figures, ...(between && { between }) };
console.log(values.json ? JSON.stringify(result) : JSON.stringify(result, undefined, 2));
process.exit(0);
