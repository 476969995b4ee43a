import type { ConversationId, EventId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMessage, encodeEvent } from '../../conversation/event.js';
import type { ConversationStanding } from '../api/engine-api.js';
import type { Standing } from '../context/account-state.js';
import { Drafts } from '../context/drafts.js';
import { emptySummary } from '../context/summary.js';
import { type TestRoom, testRoom } from '../testing/test-room.js';
import { updateOf } from '../testing/writer.js';
import { conversationList, type SnapshotSource, timelineSnapshot } from './snapshots.js';

const test = suite('snapshots');

async function source({ device }: TestRoom): Promise<SnapshotSource> {
  const { context, self } = device;
  const drafts = await Drafts.open(context.messages);
  return { context, drafts, me: { account: self.account, username: 'me' } };
}

async function queue({ device, room }: TestRoom, text: string, wall: number): Promise<EventId> {
  const event = createMessage({ text, clock: { wall, counter: 0 } });
  const entry = await device.context.outbox.add({
    ...{ conversation: room.id, log: 'm', event: event.id, bytes: encodeEvent(event) },
  });
  await room.showQueued(entry);
  return event.id;
}

const NOW = 1_760_000_500_000;

/** What was decided, whether they wrote, whether we wrote: how it stands, whether it is listed, whether it counts as unread. */
const STANDINGS: [
  Standing | undefined,
  boolean,
  boolean,
  ConversationStanding,
  listed: boolean,
  unread: number,
][] = [
  [undefined, false, false, 'invited', false, 0],
  [undefined, false, true, 'invited', true, 0],
  [undefined, true, false, 'request', true, 2],
  [undefined, true, true, 'request', true, 2],
  ['invited', false, false, 'invited', true, 0],
  ['invited', false, true, 'invited', true, 0],
  ['invited', true, false, 'accepted', true, 2],
  ['invited', true, true, 'accepted', true, 2],
  ['accepted', false, false, 'accepted', true, 0],
  ['accepted', false, true, 'accepted', true, 0],
  ['accepted', true, false, 'accepted', true, 2],
  ['accepted', true, true, 'accepted', true, 2],
  ['declined', false, false, 'declined', true, 0],
  ['declined', false, true, 'declined', true, 0],
  ['declined', true, false, 'declined', true, 0],
  ['declined', true, true, 'declined', true, 0],
  ['blocked', false, false, 'blocked', true, 0],
  ['blocked', false, true, 'blocked', true, 0],
  ['blocked', true, false, 'blocked', true, 0],
  ['blocked', true, true, 'blocked', true, 0],
];

for (const [decided, theyWrote, weWrote, standing, listed, unread] of STANDINGS) {
  const wrote =
    [theyWrote && 'they wrote', weWrote && 'we wrote'].filter(Boolean).join(', ') || 'nobody wrote';
  test(`U6: ${decided ?? 'undecided'}, ${wrote}: ${standing}, ${listed ? '' : 'not '}listed`, async () => {
    const open = await testRoom();
    await open.room.settle();
    if (theyWrote) await open.hear('one', 'two');
    if (weWrote) await queue(open, 'ours', NOW);
    if (decided) await open.device.context.accountLog.setStanding(open.peer.account, decided);
    const from = await source(open);
    assert.is(timelineSnapshot(from, open.room, null).standing, standing);
    const list = conversationList(from);
    assert.equal(
      list.map((one) => [one.id, one.standing, one.unread]),
      listed ? [[open.room.id, standing, unread]] : [],
    );
    await open.device.remove();
  });
}

test('U7: a draft alone makes a conversation show; the newest activity is first', async () => {
  const first = await testRoom();
  await first.hear('from one');
  const second = await testRoom(first.device);
  await second.room.settle();
  const from = await source(first);
  assert.equal(
    conversationList(from).map(({ id }) => id),
    [first.room.id],
  );
  await from.drafts.save(second.room.id, 'begun', 0);
  const ids = () => conversationList(from).map(({ id, draft }) => [id, draft]);
  assert.equal(ids(), [
    [second.room.id, 'begun'],
    [first.room.id, ''],
  ]);
  await queue(first, 'newer', Date.now() + 60_000);
  assert.equal(ids()[0], [first.room.id, '']);
  await first.device.remove();
});

test('U7: a timeline has both sides in order, its own with marks, and says what is unread', async () => {
  const open = await testRoom();
  await open.hear('one', 'two');
  const event = await queue(open, 'three', NOW);
  const shown = timelineSnapshot(await source(open), open.room, null);
  assert.equal(
    shown.items.map((item) =>
      item.kind === 'message'
        ? [item.text, item.author.account, item.mine, item.mark, item.error]
        : item.kind,
    ),
    [
      ['one', open.peer.account, false, null, null],
      ['two', open.peer.account, false, null, null],
      ['three', open.device.self.account, true, 'queued', null],
    ],
  );
  assert.is(shown.items[2]!.id, event);
  assert.equal([shown.unread, shown.hasOlder, shown.conversation], [2, false, open.room.id]);
  await open.device.remove();
});

test('E: a failed message says why, in a code that every screen has words for', async () => {
  const open = await testRoom();
  await queue(open, 'refused', NOW);
  const { outbox } = open.device.context;
  const [entry] = outbox.of(open.room.id);
  for (const [failed, shown] of [
    ['sync/not-a-member', 'sync/not-a-member'],
    ['sync/of-later', 'service/unavailable'],
  ] as const) {
    await open.room.showQueued({ ...entry!, failed: failed as never });
    const [item] = timelineSnapshot(await source(open), open.room, null).items;
    assert.equal(item!.kind === 'message' && [item!.mark, item!.error], ['failed', shown]);
  }
  await open.device.remove();
});

test('U11: what waits for its key stands at the end', async () => {
  const open = await testRoom();
  const sealed = [await open.peer.say('one'), await open.peer.say('two')];
  await open.room.take(sealed[0]!.position.document, updateOf(sealed));
  const kinds = async () =>
    timelineSnapshot(await source(open), open.room, null).items.map(({ kind }) => kind);
  assert.equal(await kinds(), ['waiting', 'waiting']);
  const ids = timelineSnapshot(await source(open), open.room, null).items.map(({ id }) => id);
  assert.is(new Set(ids).size, 2);

  await open.hear('three');
  await open.room.keysArrived();
  assert.equal(await kinds(), ['message', 'message', 'message']);
  assert.is(open.told.unblocked, 1);
  await open.device.remove();
});

test('U11: what was there before this device and no key in the archive opens is said at the beginning', async () => {
  const open = await testRoom();
  const { progress, incoming } = open.device.context;
  const old = [await open.peer.say('one'), await open.peer.say('two')];
  const { document } = old[0]!.position;
  await open.room.take(document, updateOf(old));
  await progress.reached(open.room.id, 0, await incoming.vector(document));
  const live = await open.peer.say('three');
  await open.room.take(document, updateOf([live]));
  const items = async () => timelineSnapshot(await source(open), open.room, null).items;
  const kinds = async () => (await items()).map(({ kind }) => kind);
  assert.equal(await kinds(), ['waiting', 'waiting', 'waiting'], 'the archive was not read yet');
  await progress.archiveRead();
  assert.equal(await kinds(), ['unreadable', 'waiting']);
  const [first] = await items();
  assert.is(first!.kind === 'unreadable' && first!.count, 2);

  await open.hear('four');
  await open.room.keysArrived();
  assert.equal(await kinds(), ['message', 'message', 'message', 'message'], 'its key came after all');
  await open.device.remove();
});

test('U7: the list has no more of a text than a line, cut between characters', async () => {
  const open = await testRoom();
  await open.hear('👍'.repeat(300));
  assert.is(conversationList(await source(open))[0]!.last!.text, '👍'.repeat(160));
  await open.device.remove();
});

test('item 6: a group is listed once it is known that this account belongs, and stays when it does not any more', async () => {
  const open = await testRoom();
  const { context } = open.device;
  const group = (name: string, members: number, member: boolean) =>
    context.summaries.put(
      randomId<ConversationId>(),
      emptySummary({ kind: 'group', name, peer: null, members, member }, NOW),
    );
  await group('given keys of it by a stranger', 0, false);
  await group('in it', 3, true);
  await group('taken out of it', 3, false);
  const list = conversationList(await source(open));
  assert.equal(list.map(({ name, member }) => [name, member]).sort(), [
    ['in it', true],
    ['taken out of it', false],
  ]);
  await open.device.remove();
});

test.run();
