import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { firstDeviceList, nextDeviceList } from '../../account/device-list.js';
import { createDirectory } from '../../account/directory.js';
import { signChain } from '../../conversation/chain-signature.js';
import { groupConversationId } from '../../conversation/direct.js';
import type { PastChain, PastRecord } from '../../conversation/past-record.js';
import type { KnownStateEvent, StateEventBase } from '../../conversation/state-event.js';
import { readStateEvent, signStateEvent } from '../../conversation/state-signature.js';
import { encodeDistributionMessage, generateIdentityKeyPair } from '../../crypto/index.js';
import { KeySharing } from '../sending/key-sharing.js';
import { type TestDevice, testDevice } from '../testing/test-device.js';
import { Writer } from '../testing/writer.js';
import { PastKeys } from './past-keys.js';
import { Rooms } from './rooms.js';

const test = suite('chains from before');
const events = { changed: () => {}, heard: () => {}, shownAgain: () => {}, unblocked: () => {} };
const stateKey = crypto.getRandomValues(new Uint8Array(32));
const nonce = crypto.getRandomValues(new Uint8Array(16));

const madeDevice = () => ({ id: randomId<DeviceId>(), pair: generateIdentityKeyPair() });
type Made = ReturnType<typeof madeDevice>;

/** Ben, who founds a group with the account of a test device, and who removed one of his two devices. */
async function founder({ context, self }: TestDevice) {
  const account = randomId<AccountId>();
  const identity = generateIdentityKeyPair();
  const [desk, phone] = [madeDevice(), madeDevice()];
  const listed = ({ id, pair }: Made) => ({
    ...{ id, key: new Uint8Array(pair.publicKey), name: 'One', added: 1 },
    kind: 'device' as const,
  });
  const first = firstDeviceList(account, identity, [listed(desk), listed(phone)]);
  const second = await nextDeviceList(first, identity, [listed(desk)]);
  const asked = async () => Promise.reject(new Error('asked'));
  const directory = createDirectory(
    { person: asked, account: asked, newerLists: asked, deviceLists: asked },
    context.keys,
  );
  for (const { encoded } of [first, second])
    await directory.accept({ account, username: 'ben', deviceList: new Uint8Array(encoded) });
  const group = groupConversationId(account, nonce);
  const admission = { account, identity: identity.publicKey, role: 'admin' } as const;
  const joiner = {
    ...{ account: self.account, identity: generateIdentityKeyPair().publicKey },
    role: 'member' as const,
  };
  const body = { kind: 'group', name: 'Walkers', members: [admission, joiner], past: true, nonce } as const;
  const sign = (parents: readonly Uint8Array[], make: (base: StateEventBase) => KnownStateEvent) => {
    const clock = { wall: 1, counter: 0 };
    const base = { conversation: group, parents, device: desk.id, account, clock };
    return signStateEvent(make({ ...base, counter: parents.length + 1 }), desk.pair);
  };
  const create = sign([], (base) => ({ ...base, type: 'create', body }));
  const bound = sign([readStateEvent(create).hash], (base) => {
    const feeds = [{ device: phone.id, generation: 1, seq: 3, hash: new Uint8Array(16) }];
    return { ...base, type: 'bound', body: { list: 2, devices: [phone.id], feeds } };
  });
  return { account, desk, phone, group, create, bound };
}

/** A chain of one of somebody's devices, as anybody may pass it on who has it. */
function passedOn(conversation: ConversationId, account: AccountId, { id, pair }: Made) {
  const chain = new Writer({ conversation, account, device: id }).received();
  const { device, epoch, generation, distribution } = chain;
  const signature = signChain(chain, distribution.signingKey, pair);
  const message = encodeDistributionMessage(distribution);
  const past: PastChain = { account, device, epoch, generation, distribution: message, signature };
  return { chain, past };
}

test('X20 a chain of a removed device is believed only once the device is bounded: it could make one still', async () => {
  const device = await testDevice();
  const { context } = device;
  const ben = await founder(device);
  const rooms = await Rooms.open(context, new KeySharing(context), events);
  rooms.adopt(ben.group, { kind: 'group' });
  const { room } = await rooms.getOpen(ben.group);
  await room.alone(() => room.learn(stateKey, [ben.create]));
  assert.ok(room.meaning, 'the group is known');
  const [listed, gone] = [ben.desk, ben.phone].map((one) => passedOn(ben.group, ben.account, one));
  const past = new PastKeys(context, rooms, (task) => task());
  const record: PastRecord = {
    type: 'past',
    conversation: ben.group,
    chains: [listed!.past, gone!.past],
  };
  const { writes } = await past.take({ account: ben.account, device: ben.desk.id }, record);
  await context.keys.write(writes);
  await past.install(ben.group);
  assert.ok(room.chains.holds(listed!.chain), 'of a device on the list');
  assert.not(room.chains.holds(gone!.chain), 'of one that is not');
  await room.alone(() => room.learn(stateKey, [ben.bound]));
  await past.install(ben.group);
  assert.ok(room.chains.holds(gone!.chain), 'what it said then counts as far as it was bounded');
  await device.remove();
});

test.run();
