import { type AccountId, type DeviceId, type ListedDevice, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  firstDeviceList,
  listUnderNewKey,
  nextDeviceList,
  type VerifiedDeviceList,
} from '../../account/device-list.js';
import type { VerifiedPerson } from '../../account/directory.js';
import { firstPin, pinUnderNewKey } from '../../account/pinned-list.js';
import { generateIdentityKeyPair } from '../../crypto/index.js';
import { temporaryStores } from '../../store/testing/temporary-stores.js';
import { ContactNotes } from './contact-notes.js';

const test = suite('contact notes');
const account = randomId<AccountId>();
const identity = generateIdentityKeyPair();
const device = (name: string): ListedDevice => ({
  id: randomId<DeviceId>(),
  key: new Uint8Array(generateIdentityKeyPair().publicKey),
  name,
  kind: 'device',
  added: 1,
});
const [laptop, phone] = [device('laptop'), device('phone')];
const first = firstDeviceList(account, identity, [laptop]);
const second = await nextDeviceList(first, identity, [laptop, phone]);
const third = await nextDeviceList(second, identity, [phone]);
const other = await listUnderNewKey(third, generateIdentityKeyPair(), [device('new')]);

const person = (list: VerifiedDeviceList, offered?: VerifiedPerson['offered']): VerifiedPerson => ({
  account,
  username: 'ada',
  identity: list.list.identity,
  list: firstPin(list, 'ada'),
  offered,
});

test('U10: devices that come and go are noted once, in order, and kept', async () => {
  const stores = await temporaryStores();
  let now = 100;
  const notes = await ContactNotes.open(stores.messages, () => now);
  await notes.add({ before: undefined, after: person(first) });
  assert.equal(notes.of(account), [], 'nothing is new at the first sight of somebody');
  await notes.add({ before: person(first), after: person(second) });
  now = 200;
  await notes.add({ before: person(first), after: person(second) });
  await notes.add({ before: person(second), after: person(third) });
  const expected = [
    ['device-added', 'phone', 100],
    ['device-removed', 'laptop', 200],
  ];
  const told = (from: ContactNotes) => from.of(account).map(({ type, device: name, at }) => [type, name, at]);
  assert.equal(told(notes), expected);
  assert.equal(told(await ContactNotes.open(stores.messages, () => now)), expected);
  await stores.remove();
});

test('U10: another account key is noted when it is seen, its devices are not noted when it is accepted', async () => {
  const stores = await temporaryStores();
  const notes = await ContactNotes.open(stores.messages, () => 500);
  const offered = { ...other, since: 300 };
  await notes.add({ before: person(third), after: person(third, offered) });
  await notes.add({ before: person(third, offered), after: person(third, offered) });
  const pin = pinUnderNewKey(firstPin(third, 'ada'), other);
  await notes.add({
    before: person(third, offered),
    after: { ...person(third), identity: other.list.identity, list: pin },
  });
  assert.equal(
    notes.of(account).map(({ type, at }) => [type, at]),
    [['identity-changed', 300]],
  );
  await stores.remove();
});

test('of one person a bounded number is kept, the latest', async () => {
  const stores = await temporaryStores();
  const notes = await ContactNotes.open(stores.messages, () => 1);
  let before = first;
  for (let turn = 0; turn < 70; turn += 1) {
    const after = await nextDeviceList(before, identity, turn % 2 === 0 ? [laptop, phone] : [laptop]);
    await notes.add({ before: person(before), after: person(after) });
    before = after;
  }
  assert.is(notes.of(account).length, 64);
  assert.is(notes.of(account).at(-1)!.id, `device-removed/${phone.id}/71`);
  await stores.remove();
});

test.run();
