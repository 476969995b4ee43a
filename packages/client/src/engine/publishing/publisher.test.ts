import { ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMessage, encodeEvent } from '../../conversation/event.js';
import type { ConnectionSnapshot, ConversationSummary, TimelineSnapshot } from '../api/engine-api.js';
import { Drafts } from '../context/drafts.js';
import { type TestRoom, testRoom } from '../testing/test-room.js';
import { Publisher } from './publisher.js';

const test = suite('publisher');
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** A publisher of a device with one room, as an open device has it. */
async function publishing(open: TestRoom) {
  const { context, self } = open.device;
  const drafts = await Drafts.open(context.messages);
  const publisher = new Publisher(() => 5);
  const opened: string[] = [];
  const device = {
    source: { context, drafts, me: { account: self.account, username: 'me' } },
    isKnown: () => true,
    open: (id: string, then: (room: typeof open.room) => void) => {
      opened.push(id);
      then(open.room);
    },
  };
  const lists: (readonly ConversationSummary[])[] = [];
  publisher.watch('conversations', null, (list) => lists.push(list));
  const timelines: TimelineSnapshot[] = [];
  const watch = () => publisher.watch('timeline', open.room.id, (shown) => timelines.push(shown));
  return { publisher, device, lists, timelines, watch, opened };
}

test('U7: before anything is known it is starting and offline', () => {
  const publisher = new Publisher(() => 5);
  const seen: unknown[] = [];
  publisher.watch('session', null, (session) => seen.push(session));
  publisher.watch('connection', null, (connection) => seen.push(connection));
  publisher.watch('conversations', null, (list) => seen.push(list));
  assert.equal(seen, [{ state: 'starting' }, { state: 'offline', since: 5, queued: 0, error: null }]);
});

test('U7: the connection is shown with its beginning, what waits and why it is not there', async () => {
  const open = await testRoom();
  const { publisher, device } = await publishing(open);
  const seen: ConnectionSnapshot[] = [];
  publisher.watch('connection', null, (connection) => seen.push(connection));
  publisher.begin(device);
  const event = createMessage({ text: 'x', clock: { wall: 1, counter: 0 } });
  const bytes = encodeEvent(event);
  await open.device.context.outbox.add({ conversation: open.room.id, log: 'm', event: event.id, bytes });
  publisher.connection('online', null);
  publisher.connection('offline', new ProtocolError('auth/token-invalid'));
  assert.equal(seen.slice(1), [
    { state: 'online', since: 5, queued: 1, error: null },
    { state: 'offline', since: 5, queued: 1, error: 'auth/token-invalid' },
  ]);
  await open.device.context.outbox.remove(open.device.context.outbox.of(open.room.id));
  publisher.changed();
  await until(() => seen.length > 3);
  assert.equal(seen.at(-1), { state: 'offline', since: 5, queued: 0, error: 'auth/token-invalid' });
  await open.device.remove();
});

test('U7: changes of one turn are one timeline at once and one list a moment later', async () => {
  const open = await testRoom();
  const { publisher, device, lists, timelines, watch } = await publishing(open);
  publisher.begin(device);
  watch();
  assert.equal([lists.length, timelines.length], [1, 1]);
  await open.hear('one');
  for (let change = 0; change < 5; change += 1) publisher.roomChanged(open.room);
  assert.equal([lists.length, timelines.length], [1, 1]);
  await turn();
  assert.equal([lists.length, timelines.length], [1, 2]);
  publisher.roomChanged(open.room);
  await until(() => lists.length > 1);
  assert.equal([lists.length, timelines.length], [2, 2], 'nothing new is nothing to show');
  assert.is(lists[1]![0]!.last!.text, 'one');
  assert.is(timelines[1]!.items.length, 1);
  await open.device.remove();
});

test('U7: whoever begins to watch the list sees the present, though the others see it a moment later', async () => {
  const open = await testRoom();
  const { publisher, device, lists } = await publishing(open);
  publisher.begin(device);
  await open.hear('one');
  publisher.changed();
  assert.is(lists.length, 1);
  const seen: (readonly ConversationSummary[])[] = [];
  publisher.watch('conversations', null, (list) => seen.push(list));
  assert.equal([seen.length, seen[0]![0]!.last!.text, lists.length], [1, 'one', 2]);
  await open.device.remove();
});

test('U7: what did not change in a timeline is the same object as before', async () => {
  const open = await testRoom();
  const { publisher, device, timelines, watch } = await publishing(open);
  await open.hear('one', 'two');
  publisher.begin(device);
  watch();
  await open.hear('three');
  publisher.roomChanged(open.room);
  await turn();
  const [before, after] = timelines as [TimelineSnapshot, TimelineSnapshot];
  assert.is(after.items.length, 3);
  assert.equal(
    before.items.map((item) => after.items.includes(item)),
    [true, true],
  );
  assert.is(after.peer, before.peer);
  await open.device.remove();
});

test('U7: a room that nobody watches costs no timeline', async () => {
  const open = await testRoom();
  const { publisher, device, timelines, watch, opened } = await publishing(open);
  publisher.begin(device);
  const stop = watch();
  stop();
  await open.hear('one');
  publisher.roomChanged(open.room);
  await turn();
  assert.is(timelines.length, 1);
  watch();
  assert.equal([timelines.length, opened.length], [2, 2]);
  assert.is(timelines[1]!.items.length, 1, 'the present, not what was shown last');
  await open.device.remove();
});

test('U7: the line of what is unread stays where it was until the conversation is left', async () => {
  const open = await testRoom();
  const { publisher, device, timelines, watch } = await publishing(open);
  publisher.begin(device);
  await open.hear('one');
  const stop = watch();
  const [first] = open.room.history.timeline.newest(1);
  assert.is(timelines[0]!.unreadFrom, first!.id);
  await open.room.markRead(first!);
  await open.hear('two');
  publisher.roomChanged(open.room);
  await turn();
  assert.equal([timelines[1]!.unreadFrom, timelines[1]!.unread], [first!.id, 1]);
  stop();
  watch();
  assert.is(timelines.at(-1)!.unreadFrom, timelines.at(-1)!.items[1]!.id);
  await open.device.remove();
});

test('U5: a timeline watched before signing in is shown after it; after signing out nothing is', async () => {
  const open = await testRoom();
  await open.hear('one');
  const { publisher, device, lists, timelines, watch } = await publishing(open);
  watch();
  assert.is(timelines.length, 0);
  publisher.begin(device);
  assert.equal([timelines.length, lists.at(-1)!.length], [1, 1]);
  publisher.roomChanged(open.room);
  publisher.end();
  await turn();
  assert.equal([timelines.length, lists.at(-1)], [1, []]);
  const late: TimelineSnapshot[] = [];
  publisher.watch('timeline', open.room.id, (shown) => late.push(shown));
  assert.equal(late, []);
  await open.device.remove();
});

test('U11: a timeline that was watched before its conversation was here is shown when it comes', async () => {
  const open = await testRoom();
  const { publisher, device, timelines, watch, opened } = await publishing(open);
  let isHere = false;
  publisher.begin({ ...device, isKnown: () => isHere });
  watch();
  await turn();
  assert.is(timelines.length, 0);
  isHere = true;
  await open.hear('one');
  publisher.roomChanged(open.room);
  publisher.roomChanged(open.room);
  await turn();
  assert.equal(
    timelines.map(({ items, unreadFrom }) => [items.length, unreadFrom]),
    [[1, timelines[0]!.items[0]!.id]],
  );
  assert.is(opened.length, 1, 'opened once');
  await open.device.remove();
});

test.run();
