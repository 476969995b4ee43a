import type { DeviceId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createReceipt, decodeEvent, encodeEvent } from '../../conversation/event.js';
import { type TestRoom, testRoom } from '../testing/test-room.js';
import { updateOf, Writer } from '../testing/writer.js';
import { isReceiptOwed, queueReceipt } from './receipts.js';

const test = suite('receipts');
const device = randomId<DeviceId>();
const mark = (delivered: number, read: number) => ({ device, generation: 1, delivered, read });

/** What the queued receipts say, of the one feed there is. */
function queued({ device: { context }, room }: TestRoom) {
  return context.outbox.of(room.id).map(({ log, bytes }) => {
    const event = decodeEvent(bytes);
    if (event.type !== 'receipt') return [log, event.type];
    return [log, ...event.body.watermarks.map(({ delivered, read }) => [delivered, read])];
  });
}

/** A room whose receipts log is here as far as the server has it. */
async function knowingRoom(opening: Promise<TestRoom> = testRoom()): Promise<TestRoom> {
  const open = await opening;
  open.device.context.heads.set(open.room.history.receipts.log, { segment: 0, count: 0 });
  return open;
}

const tell = ({ device: { context }, room }: TestRoom) => queueReceipt(context, room);

test('X4: a receipt is owed where marks are above what was told, in either respect', () => {
  assert.not.ok(isReceiptOwed({ marks: [], told: [] }));
  assert.ok(isReceiptOwed({ marks: [mark(0, -1)], told: [] }));
  assert.ok(isReceiptOwed({ marks: [mark(3, 1)], told: [mark(3, 0)] }));
  assert.ok(isReceiptOwed({ marks: [mark(4, 1)], told: [mark(3, 1)] }));
  assert.not.ok(isReceiptOwed({ marks: [mark(3, 1)], told: [mark(3, 1)] }));
  assert.not.ok(isReceiptOwed({ marks: [mark(3, 1)], told: [mark(9, 9)] }));
  assert.ok(isReceiptOwed({ marks: [mark(3, 1), { ...mark(0, 0), generation: 2 }], told: [mark(9, 9)] }));
});

test('X4: with nothing heard there is nothing to say', async () => {
  const room = await knowingRoom();
  assert.is(await tell(room), false);
  await room.room.settle();
  assert.is(await tell(room), false);
  assert.equal(queued(room), []);
  await room.device.remove();
});

test('X4: what was delivered is said once, what was read another time, and never again', async () => {
  const room = await knowingRoom();
  await room.hear('one', 'two');
  assert.is(await tell(room), true);
  assert.equal(queued(room), [['r', [1, -1]]]);
  assert.is(await tell(room), false);
  await room.device.context.outbox.remove(room.device.context.outbox.of(room.room.id));

  const [first] = room.room.history.timeline.newest(2);
  assert.ok(await room.room.markRead(first!));
  assert.not.ok(await room.room.markRead(first!), 'no news the second time');
  assert.is(await tell(room), true);
  const read = first!.text === 'one' ? 0 : 1;
  assert.equal(queued(room), [['r', [1, read]]]);
  await room.device.remove();
});

test('U11: nothing is said before it is known what other own devices said, and only what they did not', async () => {
  const open = await knowingRoom();
  const { context } = open.device;
  const { log } = open.room.history.receipts;
  await open.hear('one', 'two');
  context.heads.begin();
  assert.is(await tell(open), false, 'the head is not known');
  context.heads.set(log, { segment: 0, count: 1 });
  assert.is(await tell(open), false, 'one is still to come');
  const { device: author, generation } = open.room.history.marks.list()[0]!;
  const other = new Writer({ conversation: open.room.id, account: context.self.account, log: 'r' });
  const chain = open.room.chains.accept(other.received());
  await context.keys.write(chain.writes);
  chain.done();
  const watermarks = [{ device: author, generation, delivered: 1, read: 0 }];
  const sealed = await other.seal(encodeEvent(createReceipt({ watermarks, clock: context.tick() })));
  await open.room.take(sealed.position.document, updateOf([sealed]));
  assert.is(await tell(open), false, 'another device said as much');
  assert.is(open.room.summary!.unread, 1);
  await open.hear('three');
  assert.is(await tell(open), true);
  assert.equal(queued(open), [['r', [2, 0]]]);
  await open.device.remove();
});

test('X4: one that still waits is replaced; one that is frozen is left as it is', async () => {
  const room = await knowingRoom();
  const { outbox } = room.device.context;
  await room.hear('one');
  await tell(room);
  await room.hear('two');
  await tell(room);
  assert.equal(queued(room), [['r', [1, -1]]]);
  const [entry] = outbox.of(room.room.id);
  const frozen = {
    document: room.peer.position.document,
    ...{ client: 1, clock: 0, counter: 1, epoch: 0, iteration: 0, seq: 0 },
    prev: new Uint8Array(16),
    envelope: new Uint8Array(1),
  };
  await outbox.replace([{ ...entry!, frozen }]);
  await room.hear('three');
  await tell(room);
  assert.equal(queued(room), [
    ['r', [1, -1]],
    ['r', [2, -1]],
  ]);
  await room.device.remove();
});

test('U8 X4: what was told is remembered, what is owed too', async () => {
  const room = await knowingRoom();
  await room.hear('one');
  await tell(room);
  await room.hear('two');
  const again = await knowingRoom(room.reopen());
  assert.ok(isReceiptOwed(again.room.summary!));
  assert.is(await tell(again), true);
  assert.equal(queued(again), [['r', [1, -1]]]);
  await again.device.remove();
});

test.run();
