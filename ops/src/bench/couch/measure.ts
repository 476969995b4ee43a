import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { couchSettings, openCouchStores, setUpCouch, tearDownCouch } from '@sotto/store';
import { cpuSeconds } from '../client/cpu-seconds.js';
import { Feed } from './feed.js';
import type { Heard, Question } from './listener.js';

/** What writing and following cost; CPU in seconds for 10,000 records, CouchDB's where its processes were named. */
export interface CouchFigures {
  readonly writers: number;
  readonly listeners: number;
  readonly perS: number;
  readonly couchPer10k?: number;
  readonly writingPer10k: number;
  readonly listeningPer10k?: number;
}

export interface CouchOptions {
  readonly urls: string;
  /** Processes of CouchDB on this machine. */
  readonly pids: readonly number[];
  readonly shards: number;
  readonly writers: number;
  readonly listeners: number;
  readonly records: number;
}

const SETTLED_MS = 2_000;
const listener = fileURLToPath(new URL('./listener.js', import.meta.url));

/** Writes records of so many feeds at once, each the next one when the last is durable, while others listen. */
export async function measureCouch(options: CouchOptions): Promise<CouchFigures> {
  const { urls, shards, writers, listeners, records } = options;
  const prefix = `sotto-bench-${randomBytes(4).toString('hex')}`;
  const settings = couchSettings(urls, { prefix, shards });
  await setUpCouch(settings);
  const stores = await openCouchStores(settings);
  try {
    const following = await Promise.all(
      Array.from({ length: listeners }, () => startListener({ urls, prefix, shards })),
    );
    const each = Math.ceil(records / writers);
    const count = each * writers;
    const couch = () => options.pids.reduce((sum, pid) => sum + (cpuSeconds(pid) ?? 0), 0);
    const before = { couch: couch(), own: cpuSeconds(process.pid)!, at: performance.now() };
    await Promise.all(
      Array.from({ length: writers }, async (_, index) => {
        const feed = new Feed(index + 1);
        for (let clock = 0; clock < each; clock += 1) await stores.log.append([feed.record(clock)]);
      }),
    );
    const seconds = (performance.now() - before.at) / 1_000;
    const own = cpuSeconds(process.pid)! - before.own;
    await wait(SETTLED_MS);
    const spent = couch() - before.couch;
    const heard = await Promise.all(following.map((stop) => stop()));
    for (const { records: got } of heard)
      if (got !== count) throw new Error(`a listener heard ${got} of ${count}`);
    const per10k = (cpu: number) => (cpu / count) * 10_000;
    return {
      writers,
      listeners,
      perS: Math.round(count / seconds),
      writingPer10k: per10k(own),
      ...(options.pids.length > 0 && { couchPer10k: per10k(spent) }),
      ...(heard.length > 0 && {
        listeningPer10k: per10k(heard.reduce((sum, { cpuS }) => sum + cpuS, 0) / heard.length),
      }),
    };
  } finally {
    await stores.close();
    await tearDownCouch(settings);
  }
}

/** @returns asks what was heard, and ends it */
async function startListener(question: Question): Promise<() => Promise<Heard>> {
  const child = fork(listener, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.send(question);
  await once(child, 'message');
  return async () => {
    const answer = once(child, 'message');
    child.send('end');
    const [heard] = await answer;
    return heard as Heard;
  };
}
