import type { DeliveryMark, Person, TimelineItem, TimelineSnapshot } from '@sotto/client';
import type { AccountId, ConversationId, EventId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createFormat } from '../platform/format.js';
import type { MessageRow } from './transcript-rows.js';
import { TranscriptRows } from './transcript-rows.js';

const now = new Date(2026, 4, 7, 11, 0).getTime();
const MINUTE = 60_000;
const me: Person = { account: 'me' as AccountId, username: 'mara' };
const noor: Person = { account: 'noor' as AccountId, username: 'noor' };
const format = createFormat('en', ['en-GB']);

let next = 0;
function said(
  author: Person,
  minutesAgo: number,
  mark: DeliveryMark | null = null,
): TimelineItem & { kind: 'message' } {
  const mine = author === me;
  const id = `e${next++}` as EventId;
  return {
    kind: 'message',
    id,
    author,
    mine,
    at: now - minutesAgo * MINUTE,
    text: id,
    mark: mine ? (mark ?? 'sent') : null,
    error: null,
  };
}

function snapshot(items: readonly TimelineItem[]): TimelineSnapshot {
  return {
    conversation: 'c' as ConversationId,
    items,
    hasOlder: false,
    unreadFrom: null,
    unread: 0,
    draft: '',
    kind: 'direct',
    name: 'noor',
    peer: noor,
    members: 2,
    standing: 'accepted',
    member: true,
    held: null,
    gone: false,
  };
}

const build = (items: readonly TimelineItem[], unread: { from: EventId; count: number } | null = null) =>
  new TranscriptRows(format).build(snapshot(items), unread, now);
const messages = (rows: readonly { kind: string }[]) =>
  rows.filter((row) => row.kind === 'message') as MessageRow[];

const test = suite('transcript rows');

test('one author within five minutes is one group; another author or a longer pause begins the next', () => {
  const rows = messages(
    build([said(noor, 30), said(noor, 26), said(noor, 20), said(me, 19), said(noor, 18)]),
  );
  assert.equal(
    rows.map((row) => row.startsGroup),
    [true, false, true, true, true],
  );
});

test('U7 a group of own messages shows one time and mark a run, and a new one where the state differs', () => {
  const rows = messages(
    build([said(me, 9, 'read'), said(me, 8, 'read'), said(me, 7, 'queued'), said(me, 6, 'failed')]),
  );
  assert.equal(
    rows.map((row) => [row.startsGroup, row.startsRun, row.endsRun]),
    [
      [true, true, false],
      [false, false, true],
      [false, true, true],
      [false, true, true],
    ],
  );
});

test('days are told apart by the calendar here, and named when near', () => {
  const rows = build([said(noor, 3 * 24 * 60), said(noor, 24 * 60), said(noor, 1)]);
  assert.equal(
    rows.filter((row) => row.kind === 'day').map((row) => (row as { label: string }).label),
    ['Monday 4 May', 'Yesterday', 'Today'],
  );
});

test('the unread line stands before the first unread message and begins a group', () => {
  const [first, second] = [said(noor, 4), said(noor, 3)];
  const rows = build([first, second], { from: second.id, count: 1 });
  assert.equal(
    rows.map((row) => row.kind),
    ['day', 'message', 'unread', 'message'],
  );
  assert.equal(
    messages(rows).map((row) => [row.startsGroup, row.endsRun]),
    [
      [true, true],
      [true, true],
    ],
  );
});

test('a row that did not change is the same object, so that nothing is drawn anew', () => {
  const items = [said(noor, 9), said(me, 8, 'queued'), said(noor, 1)];
  const rows = new TranscriptRows(format);
  const before = rows.build(snapshot(items), null, now);
  const after = rows.build(
    snapshot(items.map((item) => (item.mine ? { ...item, mark: 'sent' as const } : { ...item }))),
    null,
    now,
  );
  assert.is(after.length, before.length);
  assert.equal(
    after.map((row, index) => row === before[index]),
    [true, true, false, true],
  );
});

test('where no row changed the rows are the same array, and a message more makes one row and its neighbour anew', () => {
  const items = [said(noor, 9), said(noor, 8), said(noor, 7)];
  const rows = new TranscriptRows(format);
  const before = rows.build(snapshot(items), null, now);
  assert.is(rows.build({ ...snapshot([...items]), unread: 3 }, null, now), before);
  const after = rows.build(snapshot([...items, said(noor, 6)]), null, now);
  assert.equal(
    after.map((row) => before.includes(row)),
    [true, true, true, false, false],
  );
});

test('rows that are kept follow the day and the unread line', () => {
  const items = [said(noor, 9), said(noor, 8)];
  const rows = new TranscriptRows(format);
  const label = (built: readonly { kind: string }[]) => (built[0] as { label?: string }).label;
  assert.is(label(rows.build(snapshot(items), null, now)), 'Today');
  assert.is(label(rows.build(snapshot(items), null, now + 24 * 60 * MINUTE)), 'Yesterday');
  const lined = rows.build(snapshot(items), { from: items[1]!.id, count: 1 }, now);
  assert.equal(
    messages(lined).map(({ endsRun }) => endsRun),
    [true, true],
  );
});

test('keys stay when older messages come before', () => {
  const items = [said(noor, 9), said(me, 8)];
  const older = [said(noor, 60), said(noor, 58)];
  const keys = build(items).map((row) => row.key);
  const more = build([...older, ...items]).map((row) => row.key);
  assert.equal(
    more.filter((key) => keys.includes(key)),
    keys,
  );
  assert.is(new Set(more).size, more.length);
});

test('keys are unique even where clocks disagree and a day comes back', () => {
  const rows = build([said(noor, 24 * 60), said(me, 5), said(noor, 24 * 60 - 1), said(me, 4)]);
  assert.is(new Set(rows.map((row) => row.key)).size, rows.length);
});

test('U11 waiting and unreadable have rows of their own and break groups', () => {
  const rows = build([
    { kind: 'unreadable', id: 'before', count: 3 },
    said(noor, 3),
    { kind: 'waiting', id: 'w', author: noor, at: now - 2 * MINUTE },
    said(noor, 1),
  ]);
  assert.equal(
    rows.map((row) => row.kind),
    ['unreadable', 'day', 'message', 'waiting', 'message'],
  );
  assert.equal(
    messages(rows).map((row) => row.startsGroup),
    [true, true],
  );
});

test('what is missing is said where it belongs, with whose it is', () => {
  const rows = build([
    said(noor, 3),
    { kind: 'missing', id: 'm', author: noor, at: now - 2 * MINUTE },
    said(noor, 1),
  ]);
  const row = rows.find(({ kind }) => kind === 'missing');
  assert.ok(row?.kind === 'missing');
  assert.is(row.text, `Messages of ${noor.username} are missing here. The server may be holding them back.`);
  assert.equal(
    messages(rows).map(({ startsGroup }) => startsGroup),
    [true, true],
  );
});

test.run();
