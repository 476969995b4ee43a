import { type AccountId, type DeviceId, type ListedDevice, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generateIdentityKeyPair } from '../crypto/index.js';
import { firstDeviceList, listUnderNewKey, nextDeviceList, type VerifiedDeviceList } from './device-list.js';
import { createDirectory } from './directory.js';
import { earlierLists } from './earlier-lists.js';
import {
  decodePinnedList,
  encodePinnedList,
  firstPin,
  knownDevice,
  nextPin,
  type PinnedList,
  pinUnderNewKey,
  withPast,
} from './pinned-list.js';
import { accountErrorCode } from './testing/account-error-code.js';
import { countingKeyStore } from './testing/counting-key-store.js';

const test = suite('earlier lists');
const account = randomId<AccountId>();
const [old, now] = [generateIdentityKeyPair(), generateIdentityKeyPair()];
const newDevice = (): ListedDevice => ({
  id: randomId<DeviceId>(),
  key: new Uint8Array(generateIdentityKeyPair().publicKey),
  name: 'Test',
  kind: 'device',
  added: 1,
});
const [a, b, c, d] = [newDevice(), newDevice(), newDevice(), newDevice()];
const first = firstDeviceList(account, old, [a]);
const second = await nextDeviceList(first, old, [a, b]);
const third = await nextDeviceList(second, old, [b]);
const fourth = await listUnderNewKey(third, now, [c]);
const fifth = await nextDeviceList(fourth, now, [c, d]);
const all = [first, second, third, fourth, fifth];

/** A server that tells so many at once. */
const telling =
  (most: number, lists: readonly VerifiedDeviceList[] = all) =>
  async (version: number) =>
    lists
      .slice(0, version)
      .reverse()
      .slice(0, most)
      .map(({ encoded }) => encoded);

test('K4: earlier lists are read back to the first, over a change of the account key', async () => {
  for (const most of [1, 2, 16]) {
    const earlier = await earlierLists(fifth, telling(most));
    assert.equal(
      earlier.map(({ list }) => list.version),
      [4, 3, 2, 1],
    );
  }
  assert.equal(await earlierLists(first, telling(1)), []);
});

test('K4: lists that the next one does not name are refused', async () => {
  const codeOf = (ask: (version: number) => Promise<readonly Uint8Array[]>) =>
    accountErrorCode(() => earlierLists(fifth, ask));
  const other = firstDeviceList(account, old, [newDevice()]);
  const hostile: Record<string, readonly VerifiedDeviceList[]> = {
    'another first list': [other, second, third, fourth, fifth],
    'one left out': [first, third, fourth, fifth],
    'in another order': [first, third, second, fourth, fifth],
  };
  for (const [what, lists] of Object.entries(hostile))
    assert.is(await codeOf(telling(16, lists)), 'account/list-forged', what);
  assert.is(await codeOf(async () => []), 'account/list-forged', 'nothing');
  const more = async (version: number) => [...(await telling(16)(version)), first.encoded];
  assert.is(await codeOf(more), 'account/list-forged', 'more than there are');
});

test('K4: what an earlier device signed is known once the past was learnt, under the account key of its time', async () => {
  const keys = await countingKeyStore();
  let asked = 0;
  const fail = async () => Promise.reject(new Error('asked'));
  const open = () =>
    createDirectory(
      {
        person: fail,
        account: fail,
        newerLists: fail,
        async deviceLists(_, version) {
          asked += 1;
          return (await telling(16)(version)) as Uint8Array[];
        },
      },
      keys,
    );
  const directory = open();
  const told = (list: VerifiedDeviceList) =>
    directory.accept({ account, username: 'ada', deviceList: new Uint8Array(list.encoded) });
  await told(fourth);
  const before = (await directory.pinned(account))!.list;
  assert.is(knownDevice(before, a.id), undefined);
  await directory.learnPast(account);
  const after = (await open().pinned(account))!.list;
  for (const [device, identity] of [
    [a, old],
    [b, old],
    [c, now],
  ] as const) {
    const known = knownDevice(after, device.id)!;
    assert.equal([...known.key], [...device.key]);
    assert.equal(
      known.identities.map((one) => [...one]),
      [[...identity.publicKey]],
    );
  }
  await told(fifth);
  await directory.learnPast(account);
  assert.is(asked, 1, 'what was followed from list to list is not asked for again');
  assert.not.ok(await directory.isListed(account, a.id, a.key), 'known, and trusted no longer');
});

test('K13: a device that stays under another account key was listed under both; with another key of its own it was not', async () => {
  const stays = await listUnderNewKey(third, now, [b]);
  const after = await nextDeviceList(stays, now, [b, d]);
  const other = await listUnderNewKey(third, now, [{ ...b, key: d.key }]);
  const identities = (pin: PinnedList) =>
    knownDevice(pin, b.id)!.identities.map((one) => (one.join() === now.publicKey.join() ? 'now' : 'old'));
  const followed = nextPin(pinUnderNewKey(firstPin(third, 'ada'), stays), after);
  assert.equal(identities(followed), ['now', 'old']);
  const met = firstPin(after, 'ada');
  assert.equal(identities(met), ['now'], 'before the past was learnt');
  const lists = [first, second, third, stays, after];
  assert.equal(identities(withPast(met, await earlierLists(after, telling(16, lists)))), ['now', 'old']);
  assert.equal(identities(decodePinnedList(encodePinnedList(followed))), ['now', 'old']);
  assert.equal(identities(pinUnderNewKey(firstPin(third, 'ada'), other)), ['now']);
});

test.run();
