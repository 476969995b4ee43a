import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { MessageStore } from '../../store/message-store.js';
import { temporaryStores } from '../../store/testing/temporary-stores.js';
import { emptySummary, Summaries, type Summary } from './summary.js';

const test = suite('summaries');
const conversation = randomId<ConversationId>();
const empty = emptySummary(
  {
    kind: 'direct',
    name: 'ada',
    peer: { account: randomId<AccountId>(), username: 'ada' },
    members: 2,
    member: true,
  },
  1_760_000_000_000,
);
const device = randomId<DeviceId>();
const full: Summary = {
  ...empty,
  last: {
    text: 'see you',
    mine: true,
    author: { account: randomId<AccountId>(), username: 'me' },
    at: 1_760_000_000_001,
    mark: 'read',
  },
  unread: 3,
  marks: [{ device, generation: 1, delivered: 8, read: -1 }],
  held: { m: [3, 40], r: [0, 2] },
  told: [{ device, generation: 1, delivered: 4, read: 2 }],
};

/** The store, and what was written to it. */
function counted(messages: MessageStore) {
  const written: string[] = [];
  const counting: MessageStore = {
    ...messages,
    putRecord(key, value) {
      written.push(key);
      return messages.putRecord(key, value);
    },
  };
  return { counting, written };
}

const failing = (work: () => Promise<void>) => void work();

test('U7: a summary is there at once and after the process, all of it', async () => {
  const stores = await temporaryStores();
  const summaries = await Summaries.open(stores.messages, failing);
  assert.is(summaries.get(conversation), undefined);
  summaries.put(conversation, empty);
  summaries.put(conversation, full);
  assert.equal(summaries.all(), [[conversation, full]]);
  await summaries.flush();
  const again = await stores.reopen();
  assert.equal((await Summaries.open(again.messages, failing)).all(), [[conversation, full]]);
  await again.remove();
});

test('U7: one that says nothing new costs no write, and several that follow each other cost one', async () => {
  const stores = await temporaryStores();
  const { counting, written } = counted(stores.messages);
  const summaries = await Summaries.open(counting, failing);
  summaries.put(conversation, empty);
  summaries.put(conversation, full);
  await summaries.flush();
  assert.equal(written, [`summary/${conversation}`]);
  summaries.put(conversation, structuredClone(full));
  await summaries.flush();
  assert.is(written.length, 1);
  summaries.put(conversation, { ...full, unread: 4 });
  await summaries.flush();
  await summaries.flush();
  assert.is(written.length, 2);
  const reopened = await Summaries.open(counting, failing);
  reopened.put(conversation, { ...full, unread: 4 });
  await reopened.flush();
  assert.is(written.length, 2, 'nor after the process');
  await stores.remove();
});

test('U7: it is kept by itself, soon', async () => {
  const stores = await temporaryStores();
  const { counting, written } = counted(stores.messages);
  const guarded: Promise<void>[] = [];
  const summaries = await Summaries.open(counting, (work) => guarded.push(work()));
  for (let unread = 0; unread < 5; unread += 1) summaries.put(conversation, { ...full, unread });
  await summaries.kept();
  assert.is(guarded.length, 1);
  assert.is(written.length, 1);
  const again = await stores.reopen();
  assert.is((await Summaries.open(again.messages, failing)).get(conversation)?.unread, 4);
  await again.remove();
});

test('U7 S6: what is only shown is not kept, since it may count what is not stored yet', async () => {
  const stores = await temporaryStores();
  const summaries = await Summaries.open(stores.messages, failing);
  summaries.put(conversation, full);
  summaries.show(conversation, { ...full, unread: 9 });
  await summaries.flush();
  assert.is(summaries.get(conversation)?.unread, 9);
  const again = await stores.reopen();
  assert.is((await Summaries.open(again.messages, failing)).get(conversation)?.unread, full.unread);
  await again.remove();
});

test('U7: what could not be kept is kept the next time', async () => {
  const stores = await temporaryStores();
  const { counting, written } = counted(stores.messages);
  let broken = true;
  const breaking: MessageStore = {
    ...counting,
    putRecord: (key, value) => (broken ? Promise.reject(new Error('full')) : counting.putRecord(key, value)),
  };
  const summaries = await Summaries.open(breaking, failing);
  summaries.put(conversation, full);
  await summaries.flush().then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'full'),
  );
  broken = false;
  await summaries.flush();
  assert.is(written.length, 1);
  await stores.remove();
});

test.run();
