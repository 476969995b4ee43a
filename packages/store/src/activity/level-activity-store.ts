import type { LogName } from '@sotto/protocol';
import { available } from '../level/available.js';
import type { Change, Database, Sublevel } from '../level/database.js';
import { changeInTurn, openSublevel } from '../level/database.js';
import type { ActivityRow, ActivityStore } from './activity-store.js';
import { bucketOf } from './buckets.js';
import { beforeBucket, parseRowKey, rowKey } from './row-keys.js';
import { Stamped } from './stamped.js';

/** Rows read at once. */
const PAGE = 1_000;
const EMPTY = new Uint8Array();

/** Activity rows in LevelDB: keys `<bucket>/<log>`, written in the batch of the records that they stand for. */
export class LevelActivityStore implements ActivityStore {
  readonly settleMs = 0;
  readonly #database: Database;
  readonly #rows: Sublevel;
  readonly #stamped = new Stamped();
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#rows = openSublevel(database, 'activity');
    this.#now = now;
  }

  /**
   * What to write together with records of these logs.
   * @returns the rows that are missing, and what to call once they are durable
   */
  stamp(logs: Iterable<LogName>): { readonly changes: readonly Change[]; readonly done: () => void } {
    const bucket = bucketOf(this.#now());
    const missing = this.#stamped.missing(logs, bucket);
    return {
      changes: missing.map((log) => ({ sublevel: this.#rows, key: rowKey({ log, bucket }), value: EMPTY })),
      done: () => this.#stamped.written(missing, bucket),
    };
  }

  async *rows(since: number): AsyncIterable<readonly ActivityRow[]> {
    let after = '';
    for (;;) {
      const page = await this.page(since, after, PAGE);
      if (page.length > 0) yield page.map(parseRowKey);
      if (page.length < PAGE) return;
      after = page.at(-1)!;
    }
  }

  /** Keys of rows of the buckets from `since` on, in order, those behind `after`. */
  page(since: number, after: string, limit: number): Promise<string[]> {
    const range = after === '' ? { gte: beforeBucket(since) } : { gt: after };
    return available(() => this.#rows.keys({ ...range, limit }).all());
  }

  expire(before: number): Promise<void> {
    this.#stamped.forget(before);
    const range = { lt: beforeBucket(before) };
    return available(() => changeInTurn(this.#database, () => this.#rows.clear(range)));
  }

  silentMs(): number {
    return 0;
  }
}
