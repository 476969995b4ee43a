import type { LogRecord } from '@sotto/protocol';
import { parseDocumentName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually } from '../testing/eventually.js';
import { contents, freshDocument, TestFeed } from '../testing/records.js';
import { SeededRandom } from '../testing/seeded-random.js';
import type { LogStore } from './log-store.js';

/** Several servers' stores over the same data. */
export interface LogServersHarness {
  /** Three at least. */
  readonly stores: readonly LogStore[];
  destroy(): Promise<void>;
}

interface Context {
  harness: LogServersHarness;
  stores: readonly LogStore[];
}

const EVERYTHING = new Map<number, number>();
const READY = new Set(['stored', 'present']);

/** What every log store must do that several servers share (SPEC S1 to S5, W4): registers the suite and runs it. */
export function logServersSuite(name: string, open: () => Promise<LogServersHarness>): void {
  const test = suite<Context>(`log store of several servers: ${name}`);

  test.before.each(async (context) => {
    context.harness = await open();
    context.stores = context.harness.stores;
  });
  test.after.each(({ harness }) => harness.destroy());

  test('S1 what one server acknowledged every other reads at once', async ({ stores }) => {
    const feed = new TestFeed(freshDocument(), 3);
    const { log } = parseDocumentName(feed.document);
    for (let clock = 0; clock < 30; clock += 1) {
      const writer = stores[clock % stores.length]!;
      assert.equal(await writer.append([feed.record(clock)]), ['stored']);
      for (const reader of stores) {
        assert.equal(await reader.stateVector(feed.document), new Map([[3, clock + 1]]));
        assert.equal(await reader.head(log), { segment: 0, count: clock + 1 });
        const newest = await reader.read(feed.document, new Map([[3, clock]]));
        assert.equal(contents(newest), contents([feed.record(clock)]));
      }
    }
  });

  test('S1 a feed that begins at one server is found by every other', async ({ stores }) => {
    const document = freshDocument();
    for (let client = 1; client <= 12; client += 1) {
      await stores[client % stores.length]!.append(new TestFeed(document, client).records(0, 2));
      for (const reader of stores) assert.is((await reader.read(document, EVERYTHING)).length, 2 * client);
    }
  });

  test('S1 feeds that begin at all servers at once are all found by every one', async ({ stores }) => {
    for (let round = 0; round < 25; round += 1) {
      const document = freshDocument();
      // All of them know the document, as servers whose members are there do.
      for (const store of stores) await store.read(document, EVERYTHING);
      const begun = stores.map((store, index) => store.append([new TestFeed(document, index + 1).record(0)]));
      await Promise.all(begun);
      for (const reader of stores) assert.is((await reader.stateVector(document)).size, stores.length);
    }
  });

  test('S3 one client writes the same through all servers at once', async ({ stores }) => {
    const random = new SeededRandom(`log servers ${name}, same bytes`);
    const feed = new TestFeed(freshDocument(), 8);
    for (let sent = 0; sent < 60; ) {
      const to = sent + 1 + random.int(6);
      const batches = stores.map((store) => {
        const from = random.int(sent + 1);
        return store.append(feed.records(from, to - from));
      });
      for (const outcomes of await Promise.all(batches))
        assert.ok(outcomes.every((outcome) => READY.has(outcome)));
      sent = to;
    }
    const read = await Promise.all(stores.map((store) => store.read(feed.document, EVERYTHING)));
    for (const records of read) assert.equal(contents(records), contents(feed.records(0, records.length)));
    assert.ok(read.every(({ length }) => length === read[0]!.length && length >= 60));
  });

  test('S4 no server takes a record whose predecessor is nowhere', async ({ stores }) => {
    const feed = new TestFeed(freshDocument(), 8);
    await stores[0]!.append(feed.records(0, 2));
    for (const store of stores) assert.equal(await store.append([feed.record(3)]), ['gap']);
    assert.equal(await stores[1]!.append([feed.record(2), feed.record(3)]), ['stored', 'stored']);
    assert.equal(await stores[0]!.append([feed.record(4)]), ['stored']);
    assert.equal(await stores[2]!.append([feed.record(5)]), ['stored']);
  });

  test('S5 another body is a fork at every server, and nothing after it is written', async ({ stores }) => {
    const feed = new TestFeed(freshDocument(), 8);
    await stores[0]!.append(feed.records(0, 3));
    for (const store of stores) {
      const rivals = [feed.record(2, 'other'), feed.record(3, 'other')];
      assert.equal(await store.append(rivals), ['fork']);
      assert.is((await store.read(feed.document, EVERYTHING)).length, 3);
    }
  });

  test('S5 two copies of one client write at once: both servers show one feed, and never both go on', async ({
    stores,
  }) => {
    for (let round = 0; round < 12; round += 1) {
      const feed = new TestFeed(freshDocument(), 8);
      await stores[0]!.append([feed.record(0)]);
      await stores[1]!.stateVector(feed.document);
      const rivals = [0, 1].map((copy) => [1, 2].map((clock) => feed.record(clock, `copy ${copy}`)));
      const outcomes = await Promise.all(rivals.map((records, copy) => stores[copy]!.append(records)));
      assert.ok(
        outcomes.flat().some((outcome) => outcome === 'stored'),
        'one of them at least is told so',
      );
      // Where both were told so, which a cluster cannot exclude, the client is finished: neither goes on for long.
      if (outcomes.every((told) => told[0] === 'stored')) {
        await eventually(async () => {
          const next = (await stores[0]!.stateVector(feed.document)).get(8)!;
          return (await stores[0]!.append([feed.record(next, 'more')]))[0] === 'fork';
        });
      } else assert.ok(outcomes.some((told) => told[0] === 'fork'));
      const read = await Promise.all(stores.map((store) => store.read(feed.document, EVERYTHING)));
      for (const records of read) assert.equal(contents(records), contents(read[0]!));
    }
  });

  test('W4 every server is told of everything, each feed in order of clocks', async ({ stores }) => {
    const documents = [freshDocument(), freshDocument(), freshDocument()];
    const feeds = documents.flatMap((document) => [1, 2].map((client) => new TestFeed(document, client)));
    const told = stores.map((store) => {
      const heard: LogRecord[] = [];
      store.tail((records) => heard.push(...records));
      return heard;
    });
    // Each record goes to another server than the one before it.
    await Promise.all(
      feeds.map(async (feed, offset) => {
        for (let clock = 0; clock < 30; clock += 1)
          assert.equal(await stores[(offset + clock) % stores.length]!.append([feed.record(clock)]), [
            'stored',
          ]);
      }),
    );
    for (const heard of told) {
      for (const feed of feeds) {
        const own = () =>
          heard.filter((record) => record.document === feed.document && record.client === feed.client);
        await eventually(async () => own().length >= 30);
        assert.equal(contents(own()), contents(feed.records(0, 30)));
      }
    }
  });

  test.run();
}
