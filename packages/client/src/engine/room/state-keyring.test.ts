import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createStateKey, sealPreviousKey, stateKeyId } from '../../conversation/state-envelope.js';
import type { EpochEvent } from '../../conversation/state-event.js';
import { StateKeyring } from './state-keyring.js';

const test = suite('state keys');
const conversation = randomId<ConversationId>();

/** Keys of epochs 0, 1, ..., and the events that brought them. */
async function rotated(epochs: number) {
  const keys = Array.from({ length: epochs + 1 }, () => createStateKey());
  const events: EpochEvent[] = [];
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    const [previous, key] = [keys[epoch - 1]!, keys[epoch]!];
    const sealed = await sealPreviousKey({ key, previous, conversation, epoch });
    events.push({
      type: 'epoch',
      ...{ conversation, parents: [], counter: epoch, clock: { wall: 1, counter: 0 } },
      ...{ device: randomId<DeviceId>(), account: randomId<AccountId>() },
      body: { epoch, key: { id: stateKeyId(key), previous: sealed } },
    });
  }
  return { keys, events };
}

test('X11: whoever has the newest key has all before it, in whatever order keys and events come', async () => {
  const { keys, events } = await rotated(5);
  for (const order of [events, [...events].reverse()]) {
    const first = new StateKeyring(conversation);
    for (const event of order) await first.learn(event);
    assert.is(await first.add([keys[5]!]), true);
    const second = new StateKeyring(conversation);
    await second.add([keys[5]!]);
    for (const event of order) await second.learn(event);
    for (const keyring of [first, second])
      for (const key of keys) assert.equal(keyring.get(stateKeyId(key)), key);
  }
});

test('X11: an older key opens none that came after it; one that is here already is no news', async () => {
  const { keys, events } = await rotated(3);
  const keyring = new StateKeyring(conversation);
  await keyring.add([keys[1]!]);
  for (const event of events) await keyring.learn(event);
  assert.equal([...keyring.all()].length, 2);
  assert.is(keyring.get(stateKeyId(keys[2]!)), undefined);
  assert.is(await keyring.add([keys[1]!]), false);
});

test('X11: a rotation that holds nothing, or was made for another epoch, gives no key', async () => {
  const { keys, events } = await rotated(1);
  const { body, ...rest } = events[0]!;
  for (const wrong of [
    { ...body, epoch: 2 },
    { ...body, key: { ...body.key, previous: new Uint8Array(60) } },
  ]) {
    const keyring = new StateKeyring(conversation);
    await keyring.add([keys[1]!]);
    assert.is(await keyring.learn({ ...rest, body: wrong }), false);
    assert.is(keyring.get(stateKeyId(keys[0]!)), undefined);
  }
  const elsewhere = new StateKeyring(randomId<ConversationId>());
  await elsewhere.add([keys[1]!]);
  assert.is(await elsewhere.learn(events[0]!), false);
});

test.run();
