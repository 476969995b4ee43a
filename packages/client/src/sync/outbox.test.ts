import type { ConversationId, DocumentName, EventId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryStores } from '../store/testing/temporary-stores.js';
import { type Frozen, Outbox } from './outbox.js';

const test = suite('outbox');
const conversation = randomId<ConversationId>();

async function opened() {
  const stores = await temporaryStores();
  const changes: number[] = [];
  const outbox: Outbox = await Outbox.open(stores.keys, () => changes.push(outbox.of(conversation).length));
  const add = (byte: number, log: 'm' | 'r' = 'm', of = conversation) =>
    outbox.add({ conversation: of, log, event: randomId<EventId>(), bytes: Uint8Array.of(byte) });
  return { stores, outbox, changes, add };
}

const bytesOf = (outbox: Outbox) => outbox.of(conversation).map(({ bytes }) => bytes[0]);

const frozen: Frozen = {
  document: `m.${conversation}.2` as DocumentName,
  client: 2 ** 53 - 1,
  clock: 4,
  counter: 3,
  epoch: 1,
  iteration: 999,
  seq: 1_204,
  prev: new Uint8Array(16).fill(7),
  envelope: new Uint8Array(300).fill(9),
};

test('U8: events keep their order, before and after the process, each conversation for itself', async () => {
  const { stores, outbox, add } = await opened();
  const other = randomId<ConversationId>();
  for (let byte = 0; byte < 12; byte += 1) await add(byte);
  await add(99, 'm', other);
  const expected = Array.from({ length: 12 }, (_, byte) => byte);
  assert.equal(bytesOf(outbox), expected);
  assert.equal(outbox.conversations().sort(), [conversation, other].sort());

  const again = await stores.reopen();
  const reopened = await Outbox.open(again.keys, () => {});
  assert.equal(bytesOf(reopened), expected);
  assert.equal(
    reopened.of(other).map(({ bytes }) => bytes[0]),
    [99],
  );
  await reopened.add({ conversation, log: 'm', event: randomId<EventId>(), bytes: Uint8Array.of(12) });
  assert.equal(bytesOf(reopened), [...expected, 12]);
  await again.remove();
});

test('U8: what is queued at once keeps the order of the calls', async () => {
  const { stores, outbox, add } = await opened();
  await Promise.all([0, 1, 2, 3].map((byte) => add(byte)));
  assert.equal(bytesOf(outbox), [0, 1, 2, 3]);
  await stores.remove();
});

test('U8: a frozen event is the same after the process, byte for byte', async () => {
  const { stores, outbox, add } = await opened();
  const entry = await add(1);
  await outbox.replace([{ ...entry, frozen }]);
  const again = await stores.reopen();
  const [read] = (await Outbox.open(again.keys, () => {})).of(conversation);
  assert.equal(read, { ...entry, frozen });
  await again.remove();
});

test('U8: entries and what goes with them are one write: all of it or nothing', async () => {
  const { stores, outbox, add, changes } = await opened();
  const entry = await add(1);
  await outbox.replace([{ ...entry, frozen }], [{ key: 'feed/x', value: Uint8Array.of(5) }]);
  assert.equal(await stores.keys.get('feed/x'), Uint8Array.of(5));
  const told = changes.length;

  const unstorable = { key: 'no such key\n', value: Uint8Array.of(6) };
  await outbox.replace([{ ...entry, frozen: null, failed: 'sync/fork' }], [unstorable]).then(
    () => assert.unreachable(),
    () => {},
  );
  assert.equal(outbox.of(conversation), [{ ...entry, frozen }], 'in memory');
  assert.is(changes.length, told);
  const again = await stores.reopen();
  assert.equal((await Outbox.open(again.keys, () => {})).of(conversation), [{ ...entry, frozen }], 'on disk');
  await again.remove();
});

test('U8: what was removed does not come back, and nothing to remove is no change', async () => {
  const { stores, outbox, add, changes } = await opened();
  const entries = [await add(1), await add(2), await add(3)];
  await outbox.remove([entries[0]!, entries[2]!]);
  assert.equal(bytesOf(outbox), [2]);
  const told = changes.length;
  await outbox.remove([]);
  assert.is(changes.length, told);
  const again = await stores.reopen();
  assert.equal(bytesOf(await Outbox.open(again.keys, () => {})), [2]);
  await again.remove();
});

test('U8: waiting are own messages, neither receipts nor what failed', async () => {
  const { stores, outbox, add } = await opened();
  const failed = await add(1);
  await add(2);
  await add(3, 'r');
  assert.is(outbox.waiting, 2);
  await outbox.replace([{ ...failed, failed: 'sync/not-a-member' }]);
  assert.is(outbox.waiting, 1);
  const again = await stores.reopen();
  const reopened = await Outbox.open(again.keys, () => {});
  assert.is(reopened.waiting, 1);
  assert.is(reopened.of(conversation)[0]!.failed, 'sync/not-a-member');
  await again.remove();
});

test('E: a code of a later program is read as one that this program knows', async () => {
  const { stores, outbox, add } = await opened();
  await outbox.replace([{ ...(await add(1)), failed: 'sync/of-later' as never }]);
  const again = await stores.reopen();
  assert.is((await Outbox.open(again.keys, () => {})).of(conversation)[0]!.failed, 'service/unavailable');
  await again.remove();
});

test.run();
