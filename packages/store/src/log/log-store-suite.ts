import type { DocumentName, LogRecord } from '@sotto/protocol';
import { documentName, joinUpdate, logName, parseDocumentName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeOf } from '../testing/code-of.js';
import { contents, freshDocument, TestFeed } from '../testing/records.js';
import { SeededRandom } from '../testing/seeded-random.js';
import type { LogStore } from './log-store.js';

/** A driver under test. */
export interface LogStoreHarness {
  readonly store: LogStore;
  /** Closes the store and opens the same data again. */
  reopen(): Promise<LogStore>;
  destroy(): Promise<void>;
}

const EVERYTHING = new Map<number, number>();

interface Context {
  harness: LogStoreHarness;
  store: LogStore;
}

/** What every log store must do (SPEC S1 to S5, S9): registers the suite and runs it on the driver that `open` makes. */
export function logStoreSuite(name: string, open: () => Promise<LogStoreHarness>): void {
  const test = suite<Context>(`log store: ${name}`);

  test.before.each(async (context) => {
    context.harness = await open();
    context.store = context.harness.store;
  });
  test.after.each(({ harness }) => harness.destroy());

  test('S1 an append is stored and read back byte for byte', async ({ store }) => {
    const feed = new TestFeed(freshDocument(), 7);
    const records = feed.records(0, 5);
    assert.equal(await store.append(records), Array(5).fill('stored'));
    const read = await store.read(feed.document, EVERYTHING);
    assert.equal(contents(read), contents(records));
    assert.ok(
      read.every(({ body }) => body.constructor === Uint8Array),
      'bodies are plain Uint8Arrays',
    );
    assert.equal(joinUpdate(read), joinUpdate(records));
  });

  test('W5 a read of bounded size gives the beginning, and reads that go on from there give everything', async ({
    store,
  }) => {
    const document = freshDocument();
    const feeds = [3, 9, 5].map((client) => new TestFeed(document, client));
    for (const feed of feeds) await store.append(feed.records(0, 40));
    const whole = await store.read(document, EVERYTHING);
    const largest = Math.max(...whole.map(({ body }) => body.length));
    for (const most of [1, largest * 3, largest * 500]) {
      const have = new Map<number, number>();
      const found: LogRecord[] = [];
      for (;;) {
        const piece = await store.read(document, have, most);
        if (piece.length === 0) break;
        const bytes = piece.reduce((sum, { body }) => sum + body.length, 0);
        assert.ok(bytes < most + largest, `${bytes} of ${most}`);
        for (const { client, clock } of piece) have.set(client, clock + 1);
        found.push(...piece);
      }
      assert.equal(contents(found), contents(whole));
    }
  });

  test('an empty append does nothing', async ({ store }) => {
    assert.equal(await store.append([]), []);
  });

  test('an append of two documents is refused whole', async ({ store }) => {
    const [a, b] = [new TestFeed(freshDocument(), 1), new TestFeed(freshDocument(), 1)];
    assert.is(await codeOf(() => store.append([a.record(0), b.record(0)])), 'RangeError');
    assert.equal(await store.read(a.document, EVERYTHING), []);
  });

  test('S3 writing again is free, in one append and in several', async ({ store }) => {
    const feed = new TestFeed(freshDocument(), 1);
    const [first, second] = feed.records(0, 2);
    assert.equal(await store.append([first!], () => false), [], 'it did not stand in the moment of writing');
    assert.equal(await store.read(first!.document, new Map()), []);
    assert.equal(await store.append([first!, first!, second!, first!], () => true), [
      'stored',
      'present',
      'stored',
      'present',
    ]);
    assert.equal(await store.append([second!]), ['present']);
    const concurrent = await Promise.all(Array.from({ length: 20 }, () => store.append(feed.records(0, 4))));
    const stored = concurrent.flat().filter((outcome) => outcome === 'stored');
    assert.is(stored.length, 2);
    assert.is((await store.read(feed.document, EVERYTHING)).length, 4);
  });

  test('S3 any batching of the same records gives the same log', async ({ harness, store }) => {
    const random = new SeededRandom(`log store ${name}, batching`);
    const feeds = [3, 9_007_199_254_740_991, 12].map((client) => new TestFeed(DOCUMENT, client));
    const all = feeds.map((feed) => feed.records(0, 40));
    const seen: LogRecord[] = [];
    store.tail((records) => seen.push(...records));
    const sent = all.map(() => 0);
    while (sent.some((next) => next < 40)) {
      const appends = Array.from({ length: 1 + random.int(4) }, () => {
        const which = random.int(all.length);
        // Begins somewhere in what was sent, and ends somewhere behind it.
        const from = random.int(sent[which]! + 1);
        const to = Math.min(40, from + 1 + random.int(8));
        sent[which] = Math.max(sent[which]!, to);
        return store.append(all[which]!.slice(from, to));
      });
      for (const outcomes of await Promise.all(appends))
        assert.ok(outcomes.every((outcome) => outcome === 'stored' || outcome === 'present'));
    }
    const expected = [feeds[0]!, feeds[2]!, feeds[1]!].flatMap((feed) => feed.records(0, 40));
    assert.equal(contents(await store.read(DOCUMENT, EVERYTHING)), contents(expected));
    assert.equal(contents(seen).sort(), contents(expected).sort(), 'the tail tells each record once');
    const reopened = await harness.reopen();
    assert.equal(contents(await reopened.read(DOCUMENT, EVERYTHING)), contents(expected));
  });

  test('S5 another body at a taken position is a fork, and nothing after it is written', async ({
    store,
  }) => {
    const feed = new TestFeed(freshDocument(), 1);
    await store.append(feed.records(0, 2));
    const outcomes = await store.append([
      feed.record(1),
      feed.record(2),
      feed.record(1, 'other'),
      feed.record(3),
    ]);
    assert.equal(outcomes, ['present', 'stored', 'fork']);
    assert.equal(contents(await store.read(feed.document, EVERYTHING)), contents(feed.records(0, 3)));
  });

  test('S5 a fork inside one append stops it', async ({ store }) => {
    const feed = new TestFeed(freshDocument(), 1);
    assert.equal(await store.append([feed.record(0), feed.record(0, 'other'), feed.record(1)]), [
      'stored',
      'fork',
    ]);
    assert.is((await store.read(feed.document, EVERYTHING)).length, 1);
  });

  test('S4 a record without its predecessor is a gap, and nothing after it is written', async ({ store }) => {
    const feed = new TestFeed(freshDocument(), 1);
    assert.equal(await store.append([feed.record(1)]), ['gap']);
    assert.equal(await store.append([feed.record(0), feed.record(2), feed.record(1)]), ['stored', 'gap']);
    assert.equal(await store.append([feed.record(1), feed.record(2)]), ['stored', 'stored']);
    assert.is((await store.read(feed.document, EVERYTHING)).length, 3);
  });

  test('S4 feeds do not wait for each other', async ({ store }) => {
    const document = freshDocument();
    const [a, b] = [new TestFeed(document, 1), new TestFeed(document, 2)];
    assert.equal(await store.append([a.record(0), b.record(0), a.record(1)]), Array(3).fill('stored'));
    assert.equal(await store.append([b.record(2)]), ['gap']);
  });

  test('S5 of rival bodies at one position exactly one wins, and everybody is told the truth', async ({
    store,
  }) => {
    const feed = new TestFeed(freshDocument(), 1);
    const winners: string[] = [];
    for (let clock = 0; clock < 10; clock += 1) {
      const rivals = Array.from({ length: 12 }, (_, rival) => feed.record(clock, `rival ${rival % 6}`));
      const outcomes = await Promise.all(rivals.map((record) => store.append([record])));
      assert.is(outcomes.filter(([outcome]) => outcome === 'stored').length, 1);
      assert.is(outcomes.filter(([outcome]) => outcome === 'present').length, 1, 'the twin of the winner');
      assert.is(outcomes.filter(([outcome]) => outcome === 'fork').length, 10);
      winners.push(...contents(rivals.filter((_, index) => outcomes[index]![0] === 'stored')));
    }
    assert.equal(contents(await store.read(feed.document, EVERYTHING)), winners);
  });

  test('S4 of appends in flight for one feed none overtakes its predecessor', async ({ store }) => {
    const feed = new TestFeed(freshDocument(), 1);
    const outcomes = await Promise.all(feed.records(0, 200).map((record) => store.append([record])));
    assert.equal(outcomes.flat(), Array(200).fill('stored'));
    assert.equal(contents(await store.read(feed.document, EVERYTHING)), contents(feed.records(0, 200)));
  });

  test('U6 a read gives what the state vector lacks, and nothing else', async ({ store }) => {
    const random = new SeededRandom(`log store ${name}, reading`);
    const document = freshDocument();
    const feeds = [1, 2, 30, 400, 5_000_000_000].map((client) => new TestFeed(document, client));
    await store.append(feeds.flatMap((feed) => feed.records(0, 6)));
    for (let round = 0; round < 60; round += 1) {
      const have = new Map<number, number>([[77, 3]]);
      for (const { client } of feeds) if (random.chance(0.8)) have.set(client, random.int(9));
      const lacking = feeds.flatMap((feed) => {
        const from = have.get(feed.client) ?? 0;
        return feed.records(from, Math.max(0, 6 - from));
      });
      assert.equal(contents(await store.read(document, have)), contents(lacking), `round ${round}`);
    }
  });

  test('U6 the state vector counts every feed', async ({ harness, store }) => {
    const document = freshDocument();
    assert.equal(await store.stateVector(document), new Map());
    await store.append([
      ...new TestFeed(document, 4).records(0, 3),
      ...new TestFeed(document, 9).records(0, 1),
    ]);
    const expected = [
      [4, 3],
      [9, 1],
    ];
    const sorted = async (from: LogStore) =>
      [...(await from.stateVector(document))].sort(([a], [b]) => a! - b!);
    assert.equal(await sorted(store), expected);
    (await store.stateVector(document)).set(4, 99);
    assert.equal(await sorted(store), expected, 'what was given away is a copy');
    assert.equal(await sorted(await harness.reopen()), expected);
  });

  test('W4 the head is the newest segment and its count', async ({ harness, store }) => {
    const log = logName('m', randomId());
    assert.equal(await store.head(log), { segment: 0, count: 0 });
    const feedIn = (segment: number, client: number) => new TestFeed(documentName(log, segment), client);
    await store.append(feedIn(0, 1).records(0, 4));
    assert.equal(await store.head(log), { segment: 0, count: 4 });
    // Nobody skips a segment (S7).
    await store.append(feedIn(1, 1).records(0, 2));
    await store.append(feedIn(1, 8).records(0, 3));
    assert.equal(await store.head(log), { segment: 1, count: 5 });
    for (let segment = 2; segment <= 10; segment += 1) await store.append(feedIn(segment, 1).records(0, 1));
    assert.equal(await store.head(log), { segment: 10, count: 1 }, 'segments count, they are no text');
    await store.append(feedIn(0, 2).records(0, 1));
    await store.append(feedIn(10, 8).records(0, 3));
    assert.equal(await store.head(log), { segment: 10, count: 4 });
    assert.equal(await (await harness.reopen()).head(log), { segment: 10, count: 4 });
  });

  test('D1 documents and logs do not see each other', async ({ store }) => {
    const log = logName('m', randomId());
    const documents = [
      documentName(log, 1),
      documentName(log, 10),
      documentName(log, 11),
      freshDocument('r'),
    ];
    for (const [index, document] of documents.entries())
      await store.append(new TestFeed(document, 1).records(0, index + 1));
    for (const [index, document] of documents.entries())
      assert.is((await store.read(document, EVERYTHING)).length, index + 1);
    assert.equal(await store.head(parseDocumentName(documents[3]!).log), { segment: 0, count: 4 });
  });

  test('S9 a document with 10,000 records', async ({ harness, store }) => {
    const document = freshDocument();
    const feeds = Array.from({ length: 10 }, (_, client) => new TestFeed(document, client));
    for (const feed of feeds)
      for (let from = 0; from < 1_000; from += 250) await store.append(feed.records(from, 250));
    const reopened = await harness.reopen();
    const all = await reopened.read(document, EVERYTHING);
    assert.is(all.length, 10_000);
    assert.equal(contents(all), contents(feeds.flatMap((feed) => feed.records(0, 1_000))));
    assert.equal(await reopened.head(parseDocumentName(document).log), { segment: 0, count: 10_000 });
    const have = new Map(feeds.map(({ client }) => [client, client === 4 ? 990 : 1_000]));
    assert.equal(contents(await reopened.read(document, have)), contents(feeds[4]!.records(990, 10)));
  });

  test('S1 what was acknowledged is there after reopening, and can be written to', async ({
    harness,
    store,
  }) => {
    const feed = new TestFeed(freshDocument(), 1);
    await store.append(feed.records(0, 3));
    const reopened = await harness.reopen();
    assert.equal(await reopened.append([feed.record(2), feed.record(3)]), ['present', 'stored']);
    assert.equal(await reopened.append([feed.record(1, 'other')]), ['fork']);
    assert.equal(await reopened.append([feed.record(9)]), ['gap']);
  });

  test('S1 the tail tells each feed in order of clocks, and only what is durable', async ({ store }) => {
    const documents = [freshDocument(), freshDocument()];
    const feeds = documents.flatMap((document) => [1, 2].map((client) => new TestFeed(document, client)));
    const told: LogRecord[] = [];
    const checks: Promise<void>[] = [];
    store.tail((records) => {
      told.push(...records);
      checks.push(assertReadable(store, records));
    });
    await Promise.all(feeds.flatMap((feed) => feed.records(0, 50).map((record) => store.append([record]))));
    await Promise.all(checks);
    assert.is(told.length, 200);
    for (const feed of feeds) {
      const own = told.filter(({ document, client }) => document === feed.document && client === feed.client);
      assert.equal(contents(own), contents(feed.records(0, 50)));
    }
  });

  test('S3 the tail is silent about what was there, forks and gaps, and after it is left', async ({
    store,
  }) => {
    const feed = new TestFeed(freshDocument(), 1);
    const told: LogRecord[] = [];
    const leave = store.tail((records) => told.push(...records));
    await store.append([feed.record(0), feed.record(0), feed.record(0, 'fork')]);
    await store.append([feed.record(0)]);
    await store.append([feed.record(5)]);
    assert.equal(contents(told), contents([feed.record(0)]));
    leave();
    await store.append([feed.record(1)]);
    assert.is(told.length, 1);
  });

  test('S1 a reader never sees a feed with a hole while others write', async ({ store }) => {
    const document = freshDocument();
    const feeds = [1, 2, 3].map((client) => new TestFeed(document, client));
    const writing = feeds.map(async (feed) => {
      for (let clock = 0; clock < 60; clock += 1) await store.append([feed.record(clock)]);
    });
    let reads = 0;
    let finished = false;
    const reading = (async () => {
      while (!finished) {
        const records = await store.read(document, EVERYTHING);
        for (const feed of feeds) {
          const clocks = records.filter(({ client }) => client === feed.client).map(({ clock }) => clock);
          assert.equal(
            clocks,
            clocks.map((_, index) => index),
          );
        }
        reads += 1;
      }
    })();
    await Promise.all(writing);
    finished = true;
    await reading;
    assert.ok(reads > 0);
    assert.is((await store.read(document, EVERYTHING)).length, 180);
  });

  test('S9 an empty document, and envelopes that are empty or as large as can be', async ({
    harness,
    store,
  }) => {
    const feed = new TestFeed(freshDocument(), 5);
    assert.equal(await store.read(feed.document, EVERYTHING), []);
    assert.equal(await store.read(feed.document, new Map([[5, 3]])), []);
    assert.equal(await store.stateVector(feed.document), new Map());
    const texts = ['', 'x'.repeat(65_536), '', ...Array<string>(30).fill('y'.repeat(65_536))];
    const records = texts.map((text, clock) => feed.record(clock, text));
    assert.equal(await store.append(records), Array(records.length).fill('stored'));
    assert.equal(await store.append(records), Array(records.length).fill('present'));
    const read = await (await harness.reopen()).read(feed.document, EVERYTHING);
    assert.ok(read.length === records.length && contents(read).join() === contents(records).join());
  });

  test('S3 appends that are repeated, overlap and come in any batches give one log', async ({ store }) => {
    const random = new SeededRandom(`log store ${name}, repeating`);
    const feed = new TestFeed(freshDocument(), 5);
    for (let sent = 0; sent < 60; ) {
      const from = random.int(sent + 1);
      const count = 1 + random.int(12);
      const batch = feed.records(from, count);
      const twins = await Promise.all([store.append(batch), store.append(batch)]);
      const expected = batch.map(({ clock }) => (clock < sent ? 'present' : 'stored'));
      assert.equal(twins[0], expected);
      assert.equal(twins[1], Array(count).fill('present'));
      sent = Math.max(sent, from + count);
    }
    const read = await store.read(feed.document, EVERYTHING);
    assert.equal(contents(read), contents(feed.records(0, read.length)));
  });

  test('S9 a closed store says so', async ({ harness, store }) => {
    const feed = new TestFeed(freshDocument(), 1);
    const last = store.append([feed.record(0)]);
    await store.close();
    assert.equal(await last, ['stored'], 'what was under way is finished');
    assert.is(await codeOf(() => store.append([feed.record(1)])), 'sync/store-unavailable');
    assert.is((await (await harness.reopen()).read(feed.document, EVERYTHING)).length, 1);
  });

  test('O1 an erased log is empty, for every reader, and every other log as it was', async ({
    store,
    harness,
  }) => {
    const feed = new TestFeed(freshDocument(), 7);
    const other = new TestFeed(freshDocument(), 7);
    const { log } = parseDocumentName(feed.document);
    await store.append(feed.records(0, 40));
    await store.append(new TestFeed(documentName(log, 1), 7).records(0, 3));
    await store.append(other.records(0, 3));
    assert.is(await store.erase(log), 43);
    for (const open of [() => store, () => harness.reopen()]) {
      const reader = await open();
      assert.equal(await reader.read(feed.document, EVERYTHING), []);
      assert.equal(await reader.stateVector(feed.document), new Map());
      assert.equal(await reader.head(log), { segment: 0, count: 0 });
      assert.is((await reader.read(other.document, EVERYTHING)).length, 3);
      assert.is(await reader.erase(log), 0, 'again is free');
    }
  });

  test.run();
}

const DOCUMENT: DocumentName = freshDocument();

async function assertReadable(store: LogStore, records: readonly LogRecord[]): Promise<void> {
  const { document } = records[0]!;
  const read = new Set(contents(await store.read(document, EVERYTHING)));
  assert.ok(
    records.every((record) => record.document === document),
    'of one document',
  );
  assert.ok(
    contents(records).every((content) => read.has(content)),
    'what is told can be read',
  );
}
