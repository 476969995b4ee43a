import { setImmediate as turn } from 'node:timers/promises';
import type { ConversationId, LogName, LogRecord } from '@sotto/protocol';
import { logName, ProtocolError, randomId } from '@sotto/protocol';
import type { ActivityRow, ActivityStore } from '@sotto/store';
import { bucketOf } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ACTIVITY_BOUNDS, Activity } from './activity.js';
import { decodeCursor, encodeCursor } from './cursor.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Context {
  clock: { now: number };
  rows: ActivityRow[];
  store: { silent: number; failures: number; reads: number[]; expired: number[]; settleMs: number };
  hear: (log: LogName) => void;
  interrupt: () => void;
  /** Ends the pauses that are under way. */
  passes: () => Promise<void>;
  warned: unknown[];
  open: () => Activity;
}

const test = suite<Context>('activity');

test.before.each((context) => {
  const clock = { now: 1_700_000_000_000 };
  const rows: ActivityRow[] = [];
  const state = { silent: 0, failures: 0, reads: [] as number[], expired: [] as number[], settleMs: 0 };
  const pauses: (() => void)[] = [];
  let listener: (records: readonly LogRecord[]) => void;
  Object.assign(context, { clock, rows, store: state, warned: [] });
  context.hear = (log) =>
    listener([{ document: `${log}.0` as never, client: 1, clock: 0, body: new Uint8Array() }]);
  context.passes = async () => {
    for (let round = 0; round < 5; round += 1) await turn();
    for (const end of pauses.splice(0)) end();
    for (let round = 0; round < 5; round += 1) await turn();
  };
  context.open = () => {
    const store: ActivityStore = {
      settleMs: state.settleMs,
      async *rows(since) {
        state.reads.push(since);
        state.failures -= 1;
        if (state.failures >= 0) throw new ProtocolError('sync/store-unavailable');
        yield rows.filter(({ bucket }) => bucket >= since);
      },
      expire: async (before) => void state.expired.push(before),
      silentMs: () => state.silent,
    };
    return new Activity({
      store,
      log: {
        tail: (told, interrupted) => {
          listener = told;
          context.interrupt = interrupted!;
          return () => undefined;
        },
      },
      logger: { warn: (what: unknown) => void context.warned.push(what) } as never,
      bounds: { ...ACTIVITY_BOUNDS, activityCells: 2 ** 12, expireEveryMs: 10 },
      now: () => clock.now,
      pause: () => new Promise((resolve) => pauses.push(resolve)),
    });
  };
});

const someLog = () => logName('m', randomId<ConversationId>());

test('[C2] from the rows of the window, and from then on from the tail', async ({
  clock,
  rows,
  hear,
  passes,
  open,
  store,
}) => {
  const [old, recent, heard, quiet] = [someLog(), someLog(), someLog(), someLog()];
  rows.push({ log: old, bucket: bucketOf(clock.now - 3 * HOUR_MS) });
  rows.push({ log: recent, bucket: bucketOf(clock.now - HOUR_MS) });
  const activity = open();
  assert.is(activity.since(encodeCursor(clock.now)), undefined, 'the rows are not here yet');
  await passes();
  assert.equal(store.reads, [bucketOf(clock.now - 14 * DAY_MS)]);
  hear(heard);
  const isActive = activity.since(encodeCursor(clock.now - 2 * HOUR_MS))!;
  assert.equal([old, recent, heard, quiet].map(isActive), [false, true, true, false]);
  // Ten minutes are allowed for.
  const slack = (ago: number) => activity.since(encodeCursor(clock.now - ago))!(recent);
  assert.equal([slack(HOUR_MS - 4 * MINUTE_MS), slack(HOUR_MS - 20 * MINUTE_MS)], [true, false]);
  activity.close();
});

test('[C2] a row of the future counts as of now', async ({ clock, rows, passes, open }) => {
  const log = someLog();
  rows.push({ log, bucket: bucketOf(clock.now + DAY_MS) });
  const activity = open();
  await passes();
  assert.ok(activity.since(encodeCursor(clock.now))!(log));
  clock.now += HOUR_MS;
  assert.not.ok(activity.since(encodeCursor(clock.now))!(log));
  activity.close();
});

test('[C2] over copies, rows are read once more when those agree', async ({
  clock,
  rows,
  store,
  passes,
  open,
}) => {
  store.settleMs = 10_000;
  const late = someLog();
  const activity = open();
  for (let round = 0; round < 5; round += 1) await turn();
  assert.is(activity.since(encodeCursor(clock.now)), undefined);
  rows.push({ log: late, bucket: bucketOf(clock.now) });
  await passes();
  assert.equal(store.reads.length, 2);
  assert.ok(activity.since(encodeCursor(clock.now))!(late));
  activity.close();
});

test('[C2] what can not be read is read again; until then everything is to be compared', async ({
  clock,
  store,
  passes,
  open,
  warned,
}) => {
  store.failures = 3;
  const activity = open();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    for (let round = 0; round < 5; round += 1) await turn();
    assert.is(activity.since(encodeCursor(clock.now)), undefined);
    await passes();
  }
  assert.ok(activity.since(encodeCursor(clock.now)));
  assert.is(warned.length, 1);
  activity.close();
});

test('[C2] after the tail has missed something, only once the rows were read again', async (context) => {
  const { clock, rows, passes, open } = context;
  const activity = open();
  await passes();
  const missed = someLog();
  rows.push({ log: missed, bucket: bucketOf(clock.now) });
  context.interrupt();
  assert.is(activity.since(encodeCursor(clock.now)), undefined);
  await passes();
  assert.ok(activity.since(encodeCursor(clock.now))!(missed));
  activity.close();
});

test('[C2] [C4] a silent tail gives no answer, and no cursor of a moment at which it was silent', async ({
  clock,
  store,
  passes,
  open,
}) => {
  const activity = open();
  await passes();
  assert.is(decodeCursor(activity.cursor()), clock.now);
  store.silent = 20_000;
  assert.is(decodeCursor(activity.cursor()), clock.now - 20_000);
  assert.ok(activity.since(encodeCursor(clock.now)));
  store.silent = 31_000;
  assert.is(activity.since(encodeCursor(clock.now)), undefined);
  store.silent = Infinity;
  assert.is(activity.cursor().length, 0);
  activity.close();
});

test('[C1] what is older than the window is forgotten from time to time', async ({ clock, store, open }) => {
  const activity = open();
  for (const end = Date.now() + 2_000; store.expired.length < 2 && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(store.expired.length >= 2);
  assert.is(store.expired[0], bucketOf(clock.now - 14 * DAY_MS));
  activity.close();
});

test.run();
