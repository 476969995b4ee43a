import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { distributionId } from '../../conversation/chain.js';
import { Drafts } from '../context/drafts.js';
import { KnownPerson } from '../testing/known-person.js';
import { testDevice } from '../testing/test-device.js';
import { type TestRoom, testRoom } from '../testing/test-room.js';
import { updateOf } from '../testing/writer.js';
import { listDoubts, stateDoubts } from '../trust/claim.js';
import { detailsSnapshot } from './details.js';
import { type SnapshotSource, timelineSnapshot } from './snapshots.js';

const test = suite('details');

async function source({ device }: TestRoom): Promise<SnapshotSource> {
  const { context, self } = device;
  const drafts = await Drafts.open(context.messages);
  return { context, drafts, me: { account: self.account, username: 'me' } };
}

const always = async () => true;

test('U8: envelopes that wait for their keys are counted, and those that have waited for too long', async () => {
  const open = await testRoom();
  const { room, device, peer } = open;
  const from = await source(open);
  for (const text of ['one', 'two']) {
    const sealed = await peer.say(text);
    await room.take(sealed.position.document, updateOf([sealed]));
  }
  const counts = () => {
    const { waitingForKeys, overdueKeys } = detailsSnapshot(from, room);
    return [waitingForKeys, overdueKeys];
  };
  assert.equal(counts(), [2, 0]);
  device.context.overdueChains.add(distributionId(peer.chain));
  assert.equal(counts(), [2, 2]);
  await open.hear('three');
  await room.keysArrived();
  assert.equal(counts(), [0, 0]);
  await device.remove();
});

test('U10: who reads, by which key and devices, and what is wrong with them', async () => {
  const open = await testRoom();
  const { room, device, peer } = open;
  const ada = await new KnownPerson(device, peer.account).told();
  await room.settle();
  const from = await source(open);
  const member = () => detailsSnapshot(from, room).members[1]!;
  assert.equal(
    detailsSnapshot(from, room).members.map(({ person }) => person.account),
    [device.self.account, ada.account],
    'this account first',
  );
  assert.equal([member().identity, member().changedAt, member().list], ['unverified', null, 'current']);
  await ada.link('Phone');
  await ada.told();
  assert.equal(
    member().devices.map(({ name, isNew }) => [name, isNew]),
    [
      ['Laptop', false],
      ['Phone', true],
    ],
  );
  await device.context.people.see(ada.account);
  assert.not.ok(member().devices.some(({ isNew }) => isNew));

  const { doubts } = device.context;
  await doubts.raise(`${listDoubts(ada.account)}9`, 0);
  assert.is(member().list, 'current', 'it may be on its way');
  await doubts.confirm(60_000, always);
  assert.is(member().list, 'withheld');
  assert.not.ok(detailsSnapshot(from, room).forked);
  await doubts.raise(`${stateDoubts(room.id)}x`, 0);
  await doubts.confirm(60_000, always);
  assert.ok(detailsSnapshot(from, room).forked);

  await ada.startOver();
  await ada.told();
  assert.is(member().identity, 'changed');
  assert.is(member().devices.length, 2, 'who reads is who read before');
  await device.remove();
});

test('U10: a timeline tells of devices and keys when they were noticed, among what was said then', async () => {
  let now = 1_000;
  const open = await testRoom(await testDevice(() => now));
  const { room, device, peer } = open;
  const ada = await new KnownPerson(device, peer.account).told();
  const from = await source(open);
  const told = () =>
    timelineSnapshot(from, room, null).items.map((item) =>
      item.kind === 'change' ? item.change.type : item.kind,
    );
  await ada.link('Phone');
  await ada.told();
  assert.equal(told(), [], 'nothing before the conversation began');
  await open.hear('hello');
  const { at } = timelineSnapshot(from, room, null).items[0] as { at: number };
  assert.equal(told(), ['message'], 'what was noticed before it is of no concern to it');
  now = at + 1;
  await ada.startOver();
  await ada.told();
  const items = timelineSnapshot(from, room, null).items;
  assert.equal(told(), ['message', 'identity-changed']);
  assert.ok(items[1]!.kind === 'change' && items[1]!.by?.account === ada.account);
  assert.is(timelineSnapshot(from, room, null).held?.person.account, ada.account);
  await device.remove();
});

test.run();
