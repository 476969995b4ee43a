import type { LogName } from '@sotto/protocol';
import type { ActivityRow, ActivityStore } from '../activity/activity-store.js';
import { bucketOf, firstOf, weekOf } from '../activity/buckets.js';
import { beforeBucket, parseRowKey, rowKey } from '../activity/row-keys.js';
import { Stamped } from '../activity/stamped.js';
import { available } from '../level/available.js';
import type { CouchClient } from './couch-client.js';
import { unavailable } from './couch-client.js';
import { CouchDatabase } from './database.js';
import { activityDatabase, activityWeek } from './layout.js';
import { activityDatabases, makeDatabase } from './set-up.js';
import type { CouchSettings } from './settings.js';

/** Rows read at once. */
const PAGE = 1_000;
/** What a copy of a cluster may be behind the others while all of them run. */
const SETTLE_MS = 10_000;
/** Above every bucket of a week. */
const AFTER = '~';

/**
 * Activity rows in databases of their own, one a week and shard of the log, so that they expire by whole databases. A row is
 * `{_id: <bucket>/<log>}`: whoever writes it again writes the same revision. It is on a quorum before its records are.
 */
export class CouchActivityStore implements ActivityStore {
  readonly settleMs = SETTLE_MS;
  readonly #client: CouchClient;
  readonly #settings: CouchSettings;
  readonly #now: () => number;
  readonly #stamped: readonly Stamped[];
  readonly #open = new Map<string, Promise<CouchDatabase>>();
  readonly #isAlone: boolean;
  #silent: () => number = () => 0;

  /**
   * @param options `now`: milliseconds since 1970; `isAlone`: every record that becomes readable here is written by a server of this
   * data centre. Where another one's come by replication no row says when they came, so that nothing is known of what is recent
   */
  constructor(
    client: CouchClient,
    settings: CouchSettings,
    { now = Date.now, isAlone = true }: { now?: (() => number) | undefined; isAlone?: boolean } = {},
  ) {
    this.#client = client;
    this.#isAlone = isAlone;
    this.#settings = settings;
    this.#now = now;
    this.#stamped = Array.from({ length: settings.shards }, () => new Stamped());
  }

  /**
   * Makes sure that logs of a shard have their rows of the bucket that runs now: before their records are written, and again
   * before that is answered, since it may have taken long.
   * @throws ProtocolError `sync/store-unavailable` when nothing may be assumed
   */
  async stamp(shard: number, logs: Iterable<LogName>): Promise<void> {
    const bucket = bucketOf(this.#now());
    const stamped = this.#stamped[shard]!;
    const missing = stamped.missing(logs, bucket);
    if (missing.length === 0) return;
    const database = await this.#database(weekOf(bucket), shard);
    await database.putAll(
      missing.map((log) => ({ _id: rowKey({ log, bucket }) })),
      // A row says all that it has to say by being there.
      () => true,
    );
    stamped.written(missing, bucket);
  }

  async *rows(since: number): AsyncIterable<readonly ActivityRow[]> {
    for (const name of await available(() => activityDatabases(this.#client, this.#settings))) {
      const week = activityWeek(this.#settings, name)!;
      if (week < weekOf(since)) continue;
      const database = new CouchDatabase(this.#client, name);
      // It may be dropped while this goes on: then its rows are over.
      if ((await available(() => database.open())) === undefined) continue;
      for (let gte = beforeBucket(Math.max(since, firstOf(week))); ; ) {
        const range = { gte, lt: AFTER, limit: PAGE };
        const page = await available(() => database.range(undefined, range));
        if (page.length > 0) yield page.map(({ id }) => parseRowKey(id));
        if (page.length < PAGE) break;
        gte = `${page.at(-1)!.id}!`;
      }
    }
  }

  expire(before: number): Promise<void> {
    return available(async () => {
      for (const stamped of this.#stamped) stamped.forget(before);
      const next = weekOf(bucketOf(this.#now())) + 1;
      for (let shard = 0; shard < this.#settings.shards; shard += 1) await this.#database(next, shard);
      for (const name of await activityDatabases(this.#client, this.#settings)) {
        if (activityWeek(this.#settings, name)! >= weekOf(before)) continue;
        await this.#client.ask({ method: 'DELETE', path: name });
        this.#open.delete(name);
      }
    });
  }

  silentMs(): number {
    return this.#isAlone ? this.#silent() : Infinity;
  }

  /** @param silent how long the log's feeds have been silent */
  follow(silent: () => number): void {
    this.#silent = silent;
  }

  #database(week: number, shard: number): Promise<CouchDatabase> {
    const name = activityDatabase(this.#settings, week, shard);
    let opening = this.#open.get(name);
    if (!opening) {
      opening = this.#make(name);
      this.#open.set(name, opening);
      opening.catch(() => this.#open.delete(name));
    }
    return opening;
  }

  async #make(name: string): Promise<CouchDatabase> {
    const database = new CouchDatabase(this.#client, name);
    if ((await database.open()) !== undefined) return database;
    await makeDatabase(this.#client, name, false);
    // The node that answers next may not have heard of it: then the append is repeated.
    if ((await database.open()) === undefined) throw unavailable('CouchDB does not know a database yet');
    return database;
  }
}
