import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  documentName,
  type EventId,
  idFromBytes,
  logName,
} from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { permutations, shuffles } from './arrival-orders.js';
import { createMessage, createReceipt } from './event.js';
import { Timeline } from './timeline.js';
import type { OutboxEntry, PlacedEntry, TimelineEntry } from './timeline-entry.js';
import type { Watermark } from './watermarks.js';

const test = suite('timeline');
const id = <T extends AccountId | ConversationId | DeviceId | EventId>(fill: number) =>
  idFromBytes<T>(new Uint8Array(16).fill(fill));
const self = id<AccountId>(1);
const peer = id<AccountId>(2);
const mine = id<DeviceId>(11);
const tablet = id<DeviceId>(12);
const theirs = id<DeviceId>(21);
const theirPhone = id<DeviceId>(22);
const owners = new Map([
  [mine, self],
  [tablet, self],
  [theirs, peer],
  [theirPhone, peer],
]);

function placed(device: DeviceId, seq: number, more: Partial<PlacedEntry> = {}): Omit<PlacedEntry, 'event'> {
  const document = documentName(logName('m', id<ConversationId>(9)), 0);
  return {
    account: owners.get(device)!,
    device,
    generation: 0,
    seq,
    position: { document, client: 5, clock: seq },
    ...more,
  };
}

function said(
  device: DeviceId,
  seq: number,
  event: number,
  wall: number,
  text = `${event}`,
  more = {},
): PlacedEntry {
  const message = createMessage({ text, clock: { wall, counter: 0 }, id: id<EventId>(event) });
  return { ...placed(device, seq, more), event: message };
}

function receipt(device: DeviceId, seq: number, marks: Omit<Watermark, 'generation'>[]): PlacedEntry {
  const watermarks = marks.map((mark) => ({ ...mark, generation: 0 }));
  return { ...placed(device, seq), event: createReceipt({ watermarks, clock: { wall: 1, counter: seq } }) };
}

function queued(event: number, wall: number, more: Partial<OutboxEntry> = {}): OutboxEntry {
  const message = createMessage({ text: `${event}`, clock: { wall, counter: 0 }, id: id<EventId>(event) });
  return { account: self, device: mine, position: 'outbox', state: 'queued', event: message, ...more };
}

function fold(entries: readonly TimelineEntry[]): Timeline {
  const timeline = new Timeline({ self, others: [peer] });
  for (const entry of entries) timeline.add(entry);
  return timeline;
}

const texts = (timeline: Timeline) => timeline.newest(99).map((message) => message.text);

/** Everything that can be asked of a timeline. */
function seen(timeline: Timeline): string {
  const mark = { clock: { wall: 20, counter: 0 }, device: theirs };
  return JSON.stringify([
    timeline.newest(99),
    timeline.unread(),
    timeline.unread(mark),
    timeline.firstUnread(mark)?.key,
  ]);
}

test('U7 order: clock, device, event id', () => {
  const timeline = fold([
    said(theirs, 2, 34, 10),
    said(theirs, 1, 33, 10),
    said(mine, 0, 32, 10),
    said(theirs, 0, 31, 9),
  ]);
  assert.equal(texts(timeline), ['31', '32', '33', '34']);
});

test('X9 a repeated event id is shown once: the copy with the lowest sequence, then device', () => {
  const timeline = fold([
    said(tablet, 4, 40, 30, 'tablet'),
    said(mine, 4, 40, 31, 'mine'),
    said(mine, 9, 40, 29, 'late'),
  ]);
  assert.equal(texts(timeline), ['mine']);
  assert.is(timeline.size, 1);
});

test('X9 a member who reuses the event id of another neither hides nor replaces that message', () => {
  const honest = said(mine, 7, 50, 10, 'honest');
  const hostile = said(theirs, 0, 50, 1, 'hostile');
  for (const order of permutations([honest, hostile])) {
    const timeline = fold(order);
    assert.equal(texts(timeline), ['hostile', 'honest']);
    assert.is(new Set(timeline.newest(9).map((message) => message.key)).size, 2);
    assert.is(timeline.find(id<EventId>(50))?.text, 'honest');
  }
});

test('X9 the same timeline in all 5,040 orders of arrival, duplicates and receipts among them', () => {
  const entries = [
    said(mine, 0, 60, 10),
    said(theirs, 0, 61, 20),
    said(mine, 1, 62, 20),
    said(mine, 5, 62, 20, '62', { position: { ...placed(mine, 5).position, client: 6 } }),
    said(theirPhone, 0, 61, 5, 'same event from another device'),
    receipt(theirs, 0, [{ device: mine, delivered: 1, read: 0 }]),
    receipt(theirPhone, 0, [{ device: mine, delivered: 0, read: -1 }]),
  ];
  const views = new Set(permutations(entries).map((order) => seen(fold(order))));
  assert.is(views.size, 1);
});

test('X9 the same timeline in random orders of many entries', () => {
  const devices = [mine, tablet, theirs, theirPhone];
  const entries = Array.from({ length: 60 }, (_, i) =>
    i % 9 === 0
      ? receipt(devices[i % 4]!, i, [{ device: devices[(i + 2) % 4]!, delivered: i, read: i - 9 }])
      : said(devices[i % 4]!, i, 70 + (i % 37), 1_000 + ((i * 7) % 23), `${i}`),
  );
  const expected = seen(fold(entries));
  for (const order of shuffles('timeline', entries, 300)) assert.is(seen(fold(order)), expected);
});

test('U7 queued, sent, delivered, read; marks only rise', () => {
  const timeline = new Timeline({ self, others: [peer] });
  const mark = () => timeline.newest(1)[0]?.mark;
  assert.ok(timeline.add(queued(80, 5)));
  assert.is(mark(), 'queued');
  assert.ok(timeline.add(said(mine, 3, 80, 5)));
  assert.is(mark(), 'sent');
  timeline.add(receipt(theirs, 0, [{ device: mine, delivered: 2, read: 2 }]));
  assert.is(mark(), 'sent', 'the watermark is below this sequence');
  timeline.add(receipt(tablet, 0, [{ device: mine, delivered: 3, read: 3 }]));
  assert.is(mark(), 'sent', 'an own device is not the other person');
  assert.ok(timeline.add(receipt(theirs, 1, [{ device: mine, delivered: 3, read: 2 }])));
  assert.is(mark(), 'delivered');
  assert.ok(timeline.add(receipt(theirPhone, 0, [{ device: mine, delivered: 3, read: 3 }])));
  assert.is(mark(), 'read');
  assert.not(timeline.add(receipt(theirs, 2, [{ device: mine, delivered: 1, read: -1 }])));
  timeline.add(queued(80, 5));
  assert.is(mark(), 'read');
  assert.is(timeline.size, 1);
});

test('U7 a watermark counts for its own generation only', () => {
  const timeline = fold([
    said(mine, 0, 81, 5, 'new lease', { generation: 1 }),
    receipt(theirs, 0, [{ device: mine, delivered: 9, read: 9 }]),
  ]);
  assert.is(timeline.newest(1)[0]?.mark, 'sent');
});

test('U7 a group message is delivered once every other member has it', () => {
  const third = id<AccountId>(3);
  const timeline = new Timeline({ self, others: [peer, third] });
  timeline.add(said(mine, 0, 82, 5));
  timeline.add(receipt(theirs, 0, [{ device: mine, delivered: 0, read: 0 }]));
  assert.is(timeline.newest(1)[0]?.mark, 'sent');
  const marks = [{ device: mine, delivered: 0, read: -1 }];
  timeline.add({ ...receipt(id<DeviceId>(31), 0, marks), account: third });
  assert.is(timeline.newest(1)[0]?.mark, 'delivered');
});

test('U8 failed, tried again, discarded', () => {
  const timeline = new Timeline({ self, others: [peer] });
  timeline.add(queued(83, 5, { state: 'failed', error: 'sync/not-a-member' }));
  assert.is(timeline.newest(1)[0]?.mark, 'failed');
  assert.is(timeline.newest(1)[0]?.error, 'sync/not-a-member');
  timeline.add(queued(83, 5));
  assert.is(timeline.newest(1)[0]?.mark, 'queued');
  assert.is(timeline.newest(1)[0]?.error, null);
  assert.ok(timeline.discard(id<EventId>(83)));
  assert.is(timeline.size, 0);
  assert.not(timeline.discard(id<EventId>(83)));
  timeline.add(said(mine, 0, 84, 5));
  assert.not(timeline.discard(id<EventId>(84)), 'what was sent stays');
  assert.is(timeline.size, 1);
});

test('U6 newest and older pages', () => {
  const timeline = fold(Array.from({ length: 25 }, (_, i) => said(theirs, i, 100 + i, i)));
  const page = timeline.newest(10);
  assert.equal(
    page.map((message) => message.text),
    Array.from({ length: 10 }, (_, i) => `${115 + i}`),
  );
  const older = timeline.before(page[0]!.key, 10);
  assert.is(older.length, 10);
  assert.is(older[9]!.text, '114');
  assert.is(timeline.before(older[0]!.key, 10).length, 5);
  assert.equal(timeline.before(timeline.newest(25)[0]!.key, 10), []);
  assert.equal(timeline.before('no such message', 10), []);
});

test('U7 unread: messages of others after the mark that no own device has read', () => {
  const timeline = fold([
    ...Array.from({ length: 6 }, (_, i) => said(theirs, i, 130 + i, 10 + i)),
    said(mine, 0, 140, 99),
  ]);
  assert.is(timeline.unread(), 6);
  const mark = { clock: { wall: 12, counter: 0 }, device: theirs };
  assert.is(timeline.unread(mark), 3);
  assert.is(timeline.firstUnread(mark)?.text, '133');
  timeline.add(receipt(tablet, 0, [{ device: theirs, delivered: 5, read: 4 }]));
  assert.is(timeline.unread(mark), 1);
  assert.is(timeline.firstUnread()?.text, '135');
});

test('X4 unknown events are passed over', () => {
  const timeline = new Timeline({ self, others: [peer] });
  const event = {
    id: id<EventId>(1),
    type: 'unknown',
    name: 'poll',
    clock: { wall: 1, counter: 0 },
  } as const;
  assert.not(timeline.add({ ...placed(theirs, 0), event }));
  assert.is(timeline.size, 0);
});

test.run();
