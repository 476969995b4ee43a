import { type AccountId, type DeviceId, type ListedDevice, ProtocolError, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generateIdentityKeyPair } from '../crypto/index.js';
import { firstDeviceList, nextDeviceList, type VerifiedDeviceList } from './device-list.js';
import { createDirectory } from './directory.js';
import type { PersonAnswer } from './http-api.js';
import { accountErrorCode } from './testing/account-error-code.js';
import { countingKeyStore } from './testing/counting-key-store.js';

const test = suite('directory');
const account = randomId<AccountId>();
const identity = generateIdentityKeyPair();
const newDevice = (): ListedDevice => ({
  id: randomId<DeviceId>(),
  key: new Uint8Array(generateIdentityKeyPair().publicKey),
  name: 'Test',
  kind: 'device',
  added: 1,
});
const [laptop, phone] = [newDevice(), newDevice()];
const first = firstDeviceList(account, identity, [laptop]);
const second = await nextDeviceList(first, identity, [laptop, phone]);
const third = await nextDeviceList(second, identity, [phone]);

const answer = (list: VerifiedDeviceList, username = 'ada'): PersonAnswer => ({
  account,
  username,
  deviceList: new Uint8Array(list.encoded),
});

/** A directory that is told the given answers, one after the other. */
async function told(...answers: (PersonAnswer | Promise<PersonAnswer>)[]) {
  const keys = await countingKeyStore();
  const asked: string[] = [];
  const next = async (question: string) => {
    asked.push(question);
    return (await answers.shift()) ?? Promise.reject(new ProtocolError('auth/not-found'));
  };
  return {
    keys,
    asked,
    directory: createDirectory({ person: next, account: next, newerLists: fail, deviceLists: fail }, keys),
  };
}

test('K1: a person is verified and pinned, and known from then on without asking', async () => {
  const { directory, keys, asked } = await told(answer(second));
  assert.is(await directory.pinned(account), undefined);
  const ada = await directory.person(' Ada ');
  assert.equal(asked, ['ada']);
  assert.is(ada.account, account);
  assert.equal([...ada.identity], [...identity.publicKey]);
  assert.is(ada.list.list.version, 2);
  assert.equal(
    keys.batches.map((batch) => batch.map(({ key }) => key)),
    [[`pin/${account}`]],
  );
  const pinned = (await createDirectory(
    { person: fail, account: fail, newerLists: fail, deviceLists: fail },
    keys,
  ).pinned(account))!;
  assert.is(pinned.username, 'ada');
  assert.equal([...pinned.list.encoded], [...second.encoded]);
});

test('K1: an older list and a fork are refused and the pin stays', async () => {
  const fork = await nextDeviceList(first, identity, [newDevice()]);
  const { directory, keys } = await told(answer(second), answer(first), answer(fork));
  await directory.account(account);
  assert.is(await accountErrorCode(() => directory.account(account)), 'account/list-rolled-back');
  assert.is(await accountErrorCode(() => directory.account(account)), 'account/list-forged');
  assert.is((await directory.pinned(account))!.list.list.version, 2);
  assert.is(keys.batches.length, 1);
});

test('K1: answers that cross do not pin the older list', async () => {
  const { directory } = await told(answer(first), answer(third), answer(second));
  await directory.account(account);
  const results = await Promise.allSettled([directory.account(account), directory.account(account)]);
  assert.equal(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  assert.is((await directory.pinned(account))!.list.list.version, 3);
});

test('an equal answer writes nothing, and somebody keeps the name that they were first known by', async () => {
  const { directory, keys } = await told(answer(first), answer(first), answer(second, 'ada2'));
  for (let times = 0; times < 2; times += 1) await directory.account(account);
  assert.is(keys.batches.length, 1);
  const renamed = await directory.account(account);
  assert.is(renamed.username, 'ada');
  assert.is(renamed.list.list.version, 2);
  assert.is(keys.batches.length, 2);
});

test('an answer about somebody else is none', async () => {
  const { directory, keys } = await told(answer(first), answer(first));
  for (const question of [directory.person('bo'), directory.account(randomId<AccountId>())]) {
    const error = await question.catch((reason: unknown) => reason);
    assert.instance(error, ProtocolError);
    assert.is((error as ProtocolError).code, 'service/unavailable');
  }
  assert.is(keys.batches.length, 0);
});

test('K3: only a device of the pinned list is trusted, by its own key', async () => {
  const { directory } = await told(answer(second), answer(third));
  assert.not.ok(await directory.isListed(account, laptop.id, laptop.key));
  await directory.account(account);
  assert.ok(await directory.isListed(account, laptop.id, laptop.key));
  assert.not.ok(await directory.isListed(account, laptop.id, phone.key));
  assert.not.ok(await directory.isListed(account, randomId<DeviceId>(), laptop.key));
  assert.not.ok(await directory.isListed(randomId<AccountId>(), laptop.id, laptop.key));
  await directory.account(account);
  assert.not.ok(await directory.isListed(account, laptop.id, laptop.key), 'removed');
});

function fail(): never {
  throw new Error('asked');
}

test.run();
