import { couchSettings, openCouchStores } from '@sotto/store';
import { cpuSeconds } from '../client/cpu-seconds.js';

/** What this process is asked for. */
export interface Question {
  readonly urls: string;
  readonly prefix: string;
  readonly shards: number;
}

/** What it heard, and what that took. */
export interface Heard {
  readonly records: number;
  readonly cpuS: number;
}

/** A server's share in what others write: it follows the feeds of all shards, and nothing else. */
async function main({ urls, ...options }: Question): Promise<void> {
  const { log } = await openCouchStores(couchSettings(urls, options));
  let records = 0;
  const cpu = () => cpuSeconds(process.pid) ?? 0;
  log.tail((heard) => {
    records += heard.length;
  });
  const before = cpu();
  process.once('message', () => {
    process.send!({ records, cpuS: cpu() - before } satisfies Heard);
    process.disconnect();
    process.exit(0);
  });
  process.send!('ready');
}

process.once('message', (question: Question) => void main(question));
