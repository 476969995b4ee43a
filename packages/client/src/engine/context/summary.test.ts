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

test('U7: a summary is there at once and after the process, all of it', async () => {
  const stores = await temporaryStores();
  const summaries = await Summaries.open(stores.messages);
  assert.is(summaries.get(conversation), undefined);
  await summaries.put(conversation, empty);
  await summaries.put(conversation, full);
  assert.equal(summaries.all(), [[conversation, full]]);
  const again = await stores.reopen();
  assert.equal((await Summaries.open(again.messages)).all(), [[conversation, full]]);
  await again.remove();
});

test('U7: one that says nothing new costs no write, one that does costs one', async () => {
  const stores = await temporaryStores();
  const { counting, written } = counted(stores.messages);
  const summaries = await Summaries.open(counting);
  await summaries.put(conversation, full);
  await summaries.put(conversation, structuredClone(full));
  await summaries.put(conversation, { ...full, last: { ...full.last! } });
  assert.is(written.length, 1);
  await summaries.put(conversation, { ...full, unread: 4 });
  assert.equal(written, Array(2).fill(`summary/${conversation}`));
  const reopened = await Summaries.open(counting);
  await reopened.put(conversation, { ...full, unread: 4 });
  assert.is(written.length, 2, 'nor after the process');
  await stores.remove();
});

test.run();
