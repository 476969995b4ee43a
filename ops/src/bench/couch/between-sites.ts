import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  couchCluster,
  couchSettings,
  openCouchStores,
  replicateFrom,
  setUpCouch,
  stopReplicating,
  tearDownCouch,
} from '@sotto/store';
import { Feed } from './feed.js';

/** From the call that writes in one data centre to a listener in the other, milliseconds. */
export interface BetweenSites {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const PAUSE_MS = 50;
const WARM_UP = 20;

/** @param urls of two clusters that know nothing of each other */
export async function measureBetween(urls: readonly [string, string], count: number): Promise<BetweenSites> {
  const options = { prefix: `sotto-bench-${randomBytes(4).toString('hex')}`, shards: 1 };
  const [here, there] = [
    couchSettings(urls[0], options),
    couchSettings(urls[1], { ...options, home: couchCluster(urls[0]) }),
  ];
  for (const settings of [here, there]) await setUpCouch(settings);
  await replicateFrom(there, here, 'here');
  const stores = await Promise.all([openCouchStores(here), openCouchStores(there)]);
  try {
    const feed = new Feed(1);
    const sent: number[] = [];
    const taken: number[] = [];
    stores[1].log.tail((records) => {
      for (const { clock } of records) taken[clock] ??= performance.now() - sent[clock]!;
    });
    for (let clock = 0; clock < WARM_UP + count; clock += 1) {
      sent[clock] = performance.now();
      await stores[0].log.append([feed.record(clock)]);
      await wait(PAUSE_MS);
    }
    await wait(20 * PAUSE_MS);
    const sorted = taken.slice(WARM_UP).sort((a, b) => a - b);
    if (sorted.length !== count) throw new Error(`${sorted.length} of ${count} came over`);
    return { p50Ms: sorted[Math.floor(count / 2)]!, p99Ms: sorted[Math.floor(count * 0.99)]! };
  } finally {
    await stopReplicating(there, here, 'here');
    for (const each of stores) await each.close();
    for (const settings of [here, there]) await tearDownCouch(settings);
  }
}
