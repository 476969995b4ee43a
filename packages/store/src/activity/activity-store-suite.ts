import type { LogName } from '@sotto/protocol';
import { parseDocumentName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LogStore } from '../log/log-store.js';
import { freshDocument, TestFeed } from '../testing/records.js';
import type { ActivityStore } from './activity-store.js';
import { BUCKET_MS, bucketOf } from './buckets.js';

/** A log and its rows, of one driver. */
export interface ActivityStores {
  readonly log: LogStore;
  readonly activity: ActivityStore;
}

/** A driver under test. */
export interface ActivityHarness {
  readonly stores: ActivityStores;
  /** Closes the stores and opens the same data again. */
  reopen(): Promise<ActivityStores>;
  destroy(): Promise<void>;
}

interface Context {
  clock: { now: number };
  harness: ActivityHarness;
  stores: ActivityStores;
}

const DAY_MS = 24 * 60 * 60_000;

/** What every driver must do with activity rows (SPEC C1): registers the suite and runs it on the stores that `open` makes. */
export function activityStoreSuite(
  name: string,
  open: (now: () => number) => Promise<ActivityHarness>,
): void {
  const test = suite<Context>(`activity rows: ${name}`);

  test.before.each(async (context) => {
    const clock = { now: Date.now() };
    context.clock = clock;
    context.harness = await open(() => clock.now);
    context.stores = context.harness.stores;
  });
  test.after.each(({ harness }) => harness.destroy());

  test('C1 an append that was answered has a row of its bucket, also after a restart', async ({
    clock,
    harness,
    stores,
  }) => {
    const feeds = [1, 2, 3].map((client) => new TestFeed(freshDocument(), client));
    await Promise.all(feeds.map((feed) => stores.log.append(feed.records(0, 2))));
    const wanted = feeds.map((feed) => logOf(feed)).sort();
    const bucket = bucketOf(clock.now);
    assert.equal(await logsOf(stores.activity, bucket, wanted), wanted);
    const reopened = await harness.reopen();
    assert.equal(await logsOf(reopened.activity, bucket, wanted), wanted);
  });

  test('C1 one row a log and bucket, however much is written', async ({ clock, stores }) => {
    const feed = new TestFeed(freshDocument(), 1);
    const bucket = bucketOf(clock.now);
    for (let at = 0; at < 6; at += 1) await stores.log.append([feed.record(at)]);
    await stores.log.append(feed.records(0, 6));
    assert.equal(await bucketsOf(stores.activity, 0, logOf(feed)), [bucket]);
    clock.now += BUCKET_MS;
    await stores.log.append([feed.record(6)]);
    clock.now += 3 * BUCKET_MS;
    await stores.log.append(feed.records(7, 3));
    const buckets = [bucket, bucket + 1, bucket + 4];
    assert.equal(await bucketsOf(stores.activity, 0, logOf(feed)), buckets);
    assert.equal(await bucketsOf(stores.activity, bucket + 1, logOf(feed)), buckets.slice(1));
    assert.equal(await bucketsOf(stores.activity, bucket + 5, logOf(feed)), []);
  });

  test('C1 all segments of a log share its row', async ({ stores }) => {
    const first = new TestFeed(freshDocument(), 1);
    const log = logOf(first);
    const second = new TestFeed(`${log}.1` as typeof first.document, 1);
    await stores.log.append([first.record(0)]);
    await stores.log.append([second.record(0)]);
    assert.is((await bucketsOf(stores.activity, 0, log)).length, 1);
  });

  test('C1 many rows come in pieces, each once', async ({ clock, stores }) => {
    const bucket = bucketOf(clock.now);
    const feeds = Array.from({ length: 1_100 }, () => new TestFeed(freshDocument(), 1));
    await Promise.all(feeds.map((feed) => stores.log.append([feed.record(0)])));
    const found: LogName[] = [];
    let pieces = 0;
    for await (const rows of stores.activity.rows(bucket)) {
      pieces += 1;
      found.push(...rows.map(({ log }) => log));
    }
    const wanted = new Set(feeds.map(logOf));
    assert.ok(pieces > 1);
    assert.equal(found.filter((log) => wanted.has(log)).sort(), [...wanted].sort());
  });

  test('C1 what is too old is forgotten, in any number of calls; the rest stays', async ({
    clock,
    stores,
  }) => {
    const [old, recent] = [new TestFeed(freshDocument(), 1), new TestFeed(freshDocument(), 2)];
    await stores.log.append([old.record(0)]);
    clock.now += 15 * DAY_MS;
    await stores.log.append([recent.record(0)]);
    const before = bucketOf(clock.now - 7 * DAY_MS);
    await Promise.all([stores.activity.expire(before), stores.activity.expire(before)]);
    await stores.activity.expire(before);
    assert.equal(await bucketsOf(stores.activity, 0, logOf(old)), []);
    assert.equal(await bucketsOf(stores.activity, 0, logOf(recent)), [bucketOf(clock.now)]);
    // Whoever's clock is behind may still write there.
    clock.now -= 15 * DAY_MS;
    await stores.log.append([old.record(1)]);
    assert.equal(await bucketsOf(stores.activity, 0, logOf(old)), [bucketOf(clock.now)]);
  });

  test('C1 the tail misses nothing while it is followed', async ({ stores }) => {
    const leave = stores.log.tail(() => undefined);
    assert.is(stores.activity.silentMs(), 0);
    leave();
  });

  test.run();
}

function logOf(feed: TestFeed): LogName {
  return parseDocumentName(feed.document).log;
}

/** Those of the logs that have a row, of any number of tests at once. */
async function logsOf(store: ActivityStore, since: number, among: readonly LogName[]): Promise<LogName[]> {
  const found: LogName[] = [];
  for await (const rows of store.rows(since))
    for (const { log } of rows) if (among.includes(log)) found.push(log);
  return found.sort();
}

async function bucketsOf(store: ActivityStore, since: number, log: LogName): Promise<number[]> {
  const found: number[] = [];
  for await (const rows of store.rows(since))
    for (const row of rows) if (row.log === log) found.push(row.bucket);
  return found.sort((a, b) => a - b);
}
