import type { LogRecord } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { contents, freshDocument, TestFeed } from '../testing/records.js';
import { SeededRandom } from '../testing/seeded-random.js';
import type { FeedSpan } from './clock-order.js';
import { ClockOrder } from './clock-order.js';

const test = suite('order of clocks');

/** What is durable, and what was told. */
function bench(feeds: readonly TestFeed[], durable: (feed: TestFeed) => number) {
  const told: LogRecord[] = [];
  const spans: FeedSpan[] = [];
  const fetch = async (span: FeedSpan) => {
    spans.push(span);
    const feed = feeds.find(({ document, client }) => document === span.document && client === span.client)!;
    const to = Math.min(span.to, durable(feed));
    return feed.records(span.from, Math.max(0, to - span.from));
  };
  const order = new ClockOrder(fetch, (records) => told.push(...records));
  const of = ({ document, client }: TestFeed) =>
    told.filter((record) => record.document === document && record.client === client);
  return { order, told, spans, of };
}

test('W4 whatever the feed repeats, reorders and leaves out, each record is told once and in order', async () => {
  const random = new SeededRandom('order of clocks');
  for (let round = 0; round < 40; round += 1) {
    const document = freshDocument();
    const feeds = [1, 2, 3].map((client) => new TestFeed(document, client));
    const { order, of } = bench(feeds, () => 40);
    for (const { client } of feeds) order.seed(document, client, 0);
    const shown = feeds.flatMap((feed) =>
      feed.records(0, 40).flatMap((record, clock) => {
        // The last one is always shown; the feed shows everything in the end.
        if (clock < 39 && random.chance(0.2)) return [];
        return random.chance(0.2) ? [record, record] : [record];
      }),
    );
    for (let swaps = 0; swaps < shown.length; swaps += 1) {
      const [a, b] = [random.int(shown.length), random.int(shown.length)];
      [shown[a], shown[b]] = [shown[b]!, shown[a]!];
    }
    while (shown.length > 0) {
      const offered = order.offer(shown.splice(0, 1 + random.int(6)));
      if (random.chance(0.5)) await offered;
      else offered.catch(assert.unreachable);
    }
    await order.offer(feeds.map((feed) => feed.record(39)));
    for (const feed of feeds)
      assert.equal(contents(of(feed)), contents(feed.records(0, 40)), `round ${round}`);
  }
});

test('what is next is told before the call returns', () => {
  const feed = new TestFeed(freshDocument(), 1);
  const { order, told } = bench([feed], () => 2);
  void order.offer([feed.record(0)]);
  void order.offer([feed.record(1)]);
  assert.equal(contents(told), contents(feed.records(0, 2)));
});

test('S1 nothing is told past what is durable, and it is told once it is', async () => {
  const feed = new TestFeed(freshDocument(), 1);
  let durable = 2;
  const { order, told } = bench([feed], () => durable);
  await order.offer([feed.record(0)]);
  await order.offer([feed.record(4)]);
  assert.equal(contents(told), contents(feed.records(0, 2)));
  durable = 5;
  await order.offer([feed.record(2)]);
  assert.equal(contents(told), contents(feed.records(0, 5)));
});

test('of a feed that nothing is known of, what comes late is told late and not lost', async () => {
  const feed = new TestFeed(freshDocument(), 1);
  const { order, told, spans } = bench([feed], () => 10);
  await order.offer([feed.record(5)]);
  await order.offer([feed.record(4)]);
  await order.offer([feed.record(4), feed.record(5), feed.record(6)]);
  assert.equal(contents(told), contents([5, 4, 6].map((clock) => feed.record(clock))));
  assert.is(spans.length, 0);
});

test('a fetch that fails is made again when the record is offered again', async () => {
  const feed = new TestFeed(freshDocument(), 1);
  const told: LogRecord[] = [];
  let fails = true;
  const order = new ClockOrder(
    async ({ from, to }) => {
      if (fails) throw new RangeError('cut');
      return feed.records(from, to - from);
    },
    (records) => told.push(...records),
  );
  order.seed(feed.document, 1, 0);
  const lost = await order.offer([feed.record(3)]).catch((error: unknown) => error);
  assert.instance(lost, RangeError);
  fails = false;
  await order.offer([feed.record(3)]);
  assert.equal(contents(told), contents(feed.records(0, 4)));
});

test.run();
