import { type AccountId, type DeviceId, type ListedDevice, ProtocolError, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generateIdentityKeyPair } from '../crypto/index.js';
import { firstDeviceList, nextDeviceList, type VerifiedDeviceList } from './device-list.js';
import { createDirectory } from './directory.js';
import type { NewerAnswer } from './http-api.js';
import { countingKeyStore } from './testing/counting-key-store.js';

const test = suite('newer lists');
const identity = generateIdentityKeyPair();
const newDevice = (): ListedDevice => ({
  id: randomId<DeviceId>(),
  key: new Uint8Array(generateIdentityKeyPair().publicKey),
  name: 'Test',
  kind: 'device',
  added: 1,
});
const [ada, bo, cy] = [randomId<AccountId>(), randomId<AccountId>(), randomId<AccountId>()];
const listOf = (account: AccountId) => firstDeviceList(account, identity, [newDevice()]);
const [adas, bos] = [listOf(ada), listOf(bo)];
const adasNext = await nextDeviceList(adas, identity, [newDevice()]);
const told = (account: AccountId, list?: VerifiedDeviceList): NewerAnswer => ({
  account,
  username: `name-${account}`,
  ...(list ? { deviceList: new Uint8Array(list.encoded) } : {}),
});

async function answering(...answers: NewerAnswer[][]) {
  const asked: (readonly { account: AccountId; version: number }[])[] = [];
  const fail = async () => Promise.reject(new Error('asked'));
  const keys = await countingKeyStore();
  const directory = createDirectory(
    {
      person: fail,
      account: fail,
      deviceLists: fail,
      async newerLists(known) {
        asked.push(known);
        return answers.shift()!;
      },
    },
    keys,
  );
  return { asked, directory, keys };
}

const versionOf = (settled: PromiseSettledResult<{ list: VerifiedDeviceList }> | undefined) =>
  settled?.status === 'fulfilled' ? settled.value.list.list.version : String(settled?.reason);

test('H22: many are asked for by what is known of them; only what is newer is told', async () => {
  const { asked, directory, keys } = await answering(
    [told(ada, adas), told(bo, bos)],
    [told(ada, adasNext), told(bo)],
  );
  const first = await directory.accounts([ada, bo]);
  assert.equal([versionOf(first.get(ada)), versionOf(first.get(bo))], [1, 1]);
  const second = await directory.accounts([ada, bo]);
  assert.equal([versionOf(second.get(ada)), versionOf(second.get(bo))], [2, 1]);
  assert.equal(
    asked.map((known) => known.map(({ version }) => version)),
    [
      [0, 0],
      [1, 1],
    ],
  );
  assert.is(keys.batches.length, 3, 'what is as it was is not written');
});

test('H22: each answer holds or fails by itself, under the same rules as one that was asked for alone', async () => {
  const forged = { ...told(ada, adasNext), deviceList: new Uint8Array(adasNext.encoded).fill(7, 20, 40) };
  const { directory } = await answering(
    [told(ada, adas), told(bo, bos)],
    [forged, told(bo, bos), told(cy)],
    [told(ada, bos), told(cy, adas)],
  );
  await directory.accounts([ada, bo]);
  const mixed = await directory.accounts([ada, bo, cy]);
  assert.match(versionOf(mixed.get(ada)) as string, /list-forged/);
  assert.is(versionOf(mixed.get(bo)), 1);
  assert.match(versionOf(mixed.get(cy)) as string, /not-found/, 'no list, and none known');
  const swapped = await directory.accounts([ada, bo, cy]);
  assert.match(versionOf(swapped.get(ada)) as string, /list-forged/, 'the list of somebody else');
  const missing = swapped.get(bo);
  assert.instance(missing?.status === 'rejected' && missing.reason, ProtocolError);
  assert.match(versionOf(swapped.get(cy)) as string, /list-forged/);
  assert.is((await directory.pinned(ada))!.list.list.version, 1);
});

test.run();
