import type { ConversationId, EventId } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryStores } from '../store/testing/temporary-stores.js';
import { type Frozen, Outbox, type OutboxEntry } from './outbox.js';

/** What is asked of the outbox while another change is still being written. */
const test = suite('outbox, races');
const conversation = randomId<ConversationId>();
const event = (log: 'm' | 'r') => ({
  conversation,
  log,
  event: randomId<EventId>(),
  bytes: Uint8Array.of(1, 2, 3),
});
const frozen: Frozen = {
  document: documentName(logName('m', conversation), 0),
  client: 7,
  clock: 0,
  counter: 1,
  epoch: 0,
  iteration: 0,
  seq: 0,
  prev: new Uint8Array(16),
  envelope: Uint8Array.of(9),
};
const isFrozen = (entries: readonly OutboxEntry[]) => entries.map((entry) => entry.frozen !== null);

test('what was taken back while it was being sealed is not frozen after all', async () => {
  const stores = await temporaryStores();
  const outbox = await Outbox.open(stores.keys, () => {});
  const entry = await outbox.add(event('m'));
  const discarding = outbox.remove([entry]);
  const freezing = outbox.replace([{ ...entry, frozen }]).then(
    () => 'frozen',
    (error: { code?: unknown }) => error.code,
  );
  await discarding;
  assert.is(await freezing, 'service/unavailable');
  assert.equal(outbox.of(conversation), []);
  assert.equal((await Outbox.open(stores.keys, () => {})).of(conversation), []);
  await stores.remove();
});

test('what was frozen since somebody looked at it does not leave: its place in a feed is taken', async () => {
  const stores = await temporaryStores();
  const outbox = await Outbox.open(stores.keys, () => {});
  const looked = await outbox.add(event('r'));
  const freezing = outbox.replace([{ ...looked, frozen }]);
  await outbox.remove([looked]);
  await freezing;
  assert.equal(isFrozen(outbox.of(conversation)), [true]);
  await outbox.remove(outbox.of(conversation));
  assert.equal(outbox.of(conversation), []);
  await stores.remove();
});

test('a write that fails changes nothing in memory', async () => {
  const stores = await temporaryStores();
  const outbox = await Outbox.open(stores.keys, () => {});
  const entry = await outbox.add(event('m'));
  await stores.keys.close();
  for (const change of [
    outbox.remove([entry]),
    outbox.replace([{ ...entry, frozen }]),
    outbox.add(event('m')),
  ])
    await change.then(
      () => assert.unreachable(),
      () => {},
    );
  assert.equal(isFrozen(outbox.of(conversation)), [false]);
  await (await stores.reopen()).remove();
});

test.run();
