import { type AccountId, type DeviceId, type ListedDevice, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generateIdentityKeyPair } from '../crypto/index.js';
import {
  deviceListHash,
  firstDeviceList,
  listUnderNewKey,
  nextDeviceList,
  type VerifiedDeviceList,
} from './device-list.js';
import { createDirectory, type Directory, type PersonChange } from './directory.js';
import type { PersonAnswer } from './http-api.js';
import { accountErrorCode } from './testing/account-error-code.js';
import { countingKeyStore } from './testing/counting-key-store.js';

const test = suite('changed account keys');
const account = randomId<AccountId>();
const [before, after, third] = [0, 1, 2].map(generateIdentityKeyPair) as [
  ReturnType<typeof generateIdentityKeyPair>,
  ReturnType<typeof generateIdentityKeyPair>,
  ReturnType<typeof generateIdentityKeyPair>,
];
const newDevice = (name = 'Test'): ListedDevice => ({
  id: randomId<DeviceId>(),
  key: new Uint8Array(generateIdentityKeyPair().publicKey),
  name,
  kind: 'device',
  added: 1,
});
const [laptop, phone, fresh] = [newDevice('laptop'), newDevice('phone'), newDevice('fresh')];
const first = firstDeviceList(account, before, [laptop]);
const second = await nextDeviceList(first, before, [laptop, phone]);
const changed = await listUnderNewKey(second, after, [fresh]);

const answer = (list: VerifiedDeviceList): PersonAnswer => ({
  account,
  username: 'ada',
  deviceList: new Uint8Array(list.encoded),
});

async function opened() {
  const keys = await countingKeyStore();
  const changes: PersonChange[] = [];
  let now = 1_000;
  const fail = async () => Promise.reject(new Error('asked'));
  const open = (): Directory =>
    createDirectory({ person: fail, account: fail, newerLists: fail, deviceLists: fail }, keys, {
      now: () => now,
      changing: async (change) => void changes.push(change),
    });
  return {
    keys,
    changes,
    open,
    directory: open(),
    at: (time: number) => {
      now = time;
    },
  };
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

test('K1: another account key is kept beside the pin, durably, and trusted by nobody', async () => {
  const { directory, open, at } = await opened();
  await directory.accept(answer(second));
  at(2_000);
  const ada = await directory.accept(answer(changed));
  assert.ok(same(ada.identity, before.publicKey));
  assert.is(ada.list.list.version, 2);
  at(3_000);
  const again = await open().accept(answer(changed));
  assert.ok(same(again.offered!.list.identity, after.publicKey));
  assert.is(again.offered!.since, 2_000, 'since it was first seen');
  assert.not.ok(await directory.isListed(account, fresh.id, fresh.key));
  assert.ok(await directory.isListed(account, laptop.id, laptop.key));
  assert.is((await open().offered()).length, 1);
});

test('K1: an offered list has to go on from the pinned one, and not to go back itself', async () => {
  const { directory } = await opened();
  await directory.accept(answer(second));
  const older = firstDeviceList(account, after, [fresh]);
  assert.is(await accountErrorCode(() => directory.accept(answer(older))), 'account/list-rolled-back');
  const beside = await listUnderNewKey(await nextDeviceList(first, before, [phone]), after, [fresh]);
  assert.is(await accountErrorCode(() => directory.accept(answer(beside))), 'account/list-forged');
  const later = await nextDeviceList(changed, after, [fresh, newDevice()]);
  await directory.accept(answer(later));
  assert.is(await accountErrorCode(() => directory.accept(answer(changed))), 'account/list-rolled-back');
  assert.is((await directory.pinned(account))!.offered!.list.version, 4);
});

test('K1: changed bytes of an offered list are no offer', async () => {
  const { directory } = await opened();
  await directory.accept(answer(second));
  const bytes = new Uint8Array(changed.encoded);
  bytes[bytes.length - 1]! ^= 1;
  assert.is(
    await accountErrorCode(() => directory.accept({ ...answer(changed), deviceList: bytes })),
    'account/list-forged',
  );
  assert.is((await directory.pinned(account))!.offered, undefined);
});

test('K1: accepting takes the key that was looked at and no other; the one given up does not come back', async () => {
  const { directory, keys, open } = await opened();
  await directory.accept(answer(second));
  await directory.accept(answer(changed));
  await directory.accept(answer(await listUnderNewKey(changed, third, [fresh])));
  assert.is(await directory.trustOffered(account, after.publicKey), undefined);
  const ada = (await directory.trustOffered(account, third.publicKey))!;
  assert.ok(same(ada.identity, third.publicKey));
  assert.is(keys.batches.at(-1)!.length, 2, 'pin and offer change in one write');
  const reread = (await open().pinned(account))!;
  assert.ok(same(reread.identity, third.publicKey));
  assert.is(reread.offered, undefined);
  assert.is(await accountErrorCode(() => directory.accept(answer(second))), 'account/list-rolled-back');
  const back = await nextDeviceList(second, before, [laptop]);
  assert.is(await accountErrorCode(() => directory.accept(answer(back))), 'account/list-rolled-back');
});

test('K1: only a list of the pinned key that is as new takes an offer away', async () => {
  const { directory } = await opened();
  await directory.accept(answer(first));
  await directory.accept(answer(changed));
  assert.ok((await directory.accept(answer(second))).offered, 'an older one may be all that is shown');
  const next = await nextDeviceList(second, before, [laptop]);
  assert.is((await directory.accept(answer(next))).offered, undefined);
  assert.equal(await directory.offered(), []);
});

test('K1: what an offer was compared with and found false is dropped', async () => {
  const { directory, open } = await opened();
  await directory.accept(answer(second));
  await directory.accept(answer(changed));
  await directory.dropOffered(account);
  assert.is((await open().pinned(account))!.offered, undefined);
});

test('K1: devices that came are unseen until looked at, and those that went are known still', async () => {
  const { directory, changes, open } = await opened();
  await directory.accept(answer(first));
  assert.equal((await directory.pinned(account))!.list.unseen, []);
  const ada = await directory.accept(answer(second));
  assert.equal(ada.list.unseen, [phone.id]);
  await directory.see(account);
  assert.equal((await open().pinned(account))!.list.unseen, []);
  const gone = await directory.accept(answer(await nextDeviceList(second, before, [phone])));
  assert.equal(
    gone.list.past.map(({ id }) => id),
    [laptop.id],
  );
  assert.equal(
    changes.map(({ before: was, after: is }) => [was?.list.list.version, is.list.list.version]),
    [
      [1, 2],
      [2, 3],
    ],
  );
});

test('a change is told of before it is kept, so that it can be told twice and never not at all', async () => {
  const { keys } = await opened();
  const told: number[] = [];
  const fail = async () => Promise.reject(new Error('asked'));
  const directory = createDirectory(
    { person: fail, account: fail, newerLists: fail, deviceLists: fail },
    keys,
    {
      now: () => 1,
      changing: async () => {
        told.push(keys.batches.length);
        if (told.length === 1) throw new Error('the store failed');
      },
    },
  );
  await directory.accept(answer(first));
  assert.is(await directory.accept(answer(second)).catch(() => 'failed'), 'failed');
  assert.is((await directory.pinned(account))!.list.list.version, 1);
  await directory.accept(answer(second));
  assert.equal(told, [1, 1]);
});

test('a list under a new key names the one before', async () => {
  assert.ok(same(changed.list.previous, await deviceListHash(second.encoded)));
});

test.run();
