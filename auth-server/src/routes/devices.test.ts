import {
  decodeSignedDeviceList,
  loginResponse,
  preKeyBundleResponse,
  preKeyCountResponse,
} from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KEPT_ONE_TIME } from '../devices/pre-keys.js';
import { accessOf } from '../testing/access-of.js';
import {
  firstList,
  listAfter,
  listWith,
  listWithout,
  newAccount,
  newDevice,
  newPassword,
  newPreKeys,
  type SignUpBody,
  vaultAfter,
} from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';
import type { TestClient } from '../testing/test-client.js';

const test = suite<{ server: RunningServer; accounts: number }>('devices');

test.before(async (context) => {
  context.server = await startServer();
  context.accounts = 0;
});
test.after(({ server }) => server.close());

/** A fresh account, its first device's client and a second sign-in without a device. */
async function setUp(context: { server: RunningServer; accounts: number }) {
  const { server } = context;
  context.accounts += 1;
  const name = `person${context.accounts}`;
  const account = newAccount(await server.linkFor(`${name}@example.org`), name);
  const first = server.client();
  await first.begin('/api/signup/complete', account);
  return { account, first, second: await signedIn(server, account) };
}

async function signedIn(server: RunningServer, { username, authKey }: SignUpBody): Promise<TestClient> {
  const client = server.client();
  const { device } = await client.begin('/api/login', { login: username, authKey });
  assert.is(device, undefined);
  return client;
}

async function personOf(client: TestClient, { account }: SignUpBody) {
  return JSON.parse((await client.get(`/api/accounts/${account}`)).text).deviceList;
}

test('H8 U11 a session links its device, and speaks for it from then on', async (context) => {
  const { account, first, second } = await setUp(context);
  const device = newDevice();
  const deviceList = listWith(account.deviceList, device);
  const session = await second.begin('/api/devices', { deviceList, device });
  assert.is(session.device, device.id);
  assert.is(accessOf(session.accessToken).did, device.id);
  assert.is(await personOf(first, account), Buffer.from(deviceList).toString('base64url'));
  assert.is((await first.post(`/api/devices/${device.id}/bundle`)).status, 200);
  assert.is((await second.begin('/api/session/refresh')).device, device.id);
});

test('H8 the same request again, after a lost answer, changes nothing', async (context) => {
  const { account, second } = await setUp(context);
  const device = newDevice();
  const body = { deviceList: listWith(account.deviceList, device), device };
  await second.begin('/api/devices', body);
  const again = await second.begin('/api/devices', body);
  assert.is(again.device, device.id);
  assert.equal((await second.get('/api/pre-keys')).as(preKeyCountResponse), { oneTime: 3, oneTimeKem: 3 });
});

test('H8 K7 a device takes the place of others with a new vault and the password; without them it joins them', async (context) => {
  const { account, first, second } = await setUp(context);
  const { authKey, vault, deviceList: list } = account;
  const device = newDevice();
  const deviceList = listWithout(listWith(list, device), account.device.id);
  const next = listAfter(list, () => decodeSignedDeviceList(deviceList).list.devices);
  const replacing = { authKey, ...vaultAfter(vault) };
  const body = { deviceList: next, device, replacing };
  const refused = [
    [{ deviceList: next, device }, 'request/invalid'],
    [{ ...body, replacing: { ...replacing, authKey: newPassword().authKey } }, 'auth/credentials-wrong'],
    [{ ...body, replacing: { ...replacing, previous: replacing.sealed.slice(0, 32) } }, 'auth/vault-stale'],
    [{ ...body, deviceList: listWith(next, newDevice()) }, 'auth/device-list-stale'],
    [
      {
        ...body,
        deviceList: listAfter(list, () => decodeSignedDeviceList(listWith(next, newDevice())).list.devices),
      },
      'request/invalid',
    ],
  ] as const;
  for (const [wrong, code] of refused) assert.is((await second.post('/api/devices', wrong)).code, code);
  assert.is((await second.begin('/api/devices', body)).device, device.id);
  assert.is((await second.begin('/api/devices', body)).device, device.id, 'the same again');
  assert.is((await first.post('/api/session/refresh')).code, 'auth/device-removed');
  assert.is((await second.post(`/api/devices/${account.device.id}/bundle`)).code, 'auth/not-found');
  const again = context.server.client();
  const opened = await again.post('/api/login', { login: account.username, authKey });
  assert.equal(opened.as(loginResponse).vault, replacing.sealed);
});

test('H8 of devices linked at once exactly one wins; the others link upon the newer list', async (context) => {
  const { account } = await setUp(context);
  const rivals = await Promise.all(
    Array.from({ length: 8 }, async () => ({
      client: await signedIn(context.server, account),
      device: newDevice(),
    })),
  );
  const answers = await Promise.all(
    rivals.map(({ client, device }) =>
      client.post('/api/devices', { deviceList: listWith(account.deviceList, device), device }),
    ),
  );
  assert.is(answers.filter(({ status }) => status === 201).length, 1);
  for (const { status, code } of answers)
    if (status !== 201) assert.equal([status, code], [409, 'auth/device-list-stale']);
  const loser = rivals[answers.findIndex(({ status }) => status !== 201)]!;
  const newest = new Uint8Array(Buffer.from(await personOf(loser.client, account), 'base64url'));
  const { device } = loser;
  const session = await loser.client.begin('/api/devices', { deviceList: listWith(newest, device), device });
  assert.is(session.device, device.id);
});

test('H8 K1 lists that skip, fork or belong to others are refused', async (context) => {
  const { account, second } = await setUp(context);
  const other = await setUp(context);
  const device = newDevice();
  const next = listWith(account.deviceList, device);
  const cases = [
    [firstList(account.account, device), 'auth/device-list-stale'],
    [listWith(next, newDevice()), 'auth/device-list-stale'],
    [listWith(listWith(account.deviceList, newDevice()), device), 'auth/device-list-stale'],
    [listWith(firstList(account.account, account.device), device), 'auth/device-list-stale'],
    [listWith(other.account.deviceList, device), 'request/invalid'],
    [listWith(account.deviceList, newDevice()), 'request/invalid'],
    [listWith(account.deviceList, { ...device, identityKey: newDevice().identityKey }), 'request/invalid'],
    [next.slice(0, -1), 'request/invalid'],
  ] as const;
  for (const [deviceList, code] of cases)
    assert.is((await second.post('/api/devices', { deviceList, device })).code, code);
  assert.is((await second.post('/api/devices', { deviceList: next, device })).status, 201);
});

test("H8 a device of another account, or of another session, can't be taken over", async (context) => {
  const { account, first, second } = await setUp(context);
  const other = await setUp(context);
  const stolen = { ...newDevice(), id: other.account.device.id };
  const deviceList = listWith(account.deviceList, stolen);
  assert.is((await second.post('/api/devices', { deviceList, device: stolen })).code, 'request/invalid');
  const another = newDevice();
  const refused = await first.post('/api/devices', {
    deviceList: listWith(account.deviceList, another),
    device: another,
  });
  assert.is(refused.code, 'auth/forbidden');
});

test('H10 a bundle holds a one-time key of each kind while they last, then the last resort', async (context) => {
  const { account, first } = await setUp(context);
  const { preKeys, ...device } = account.device;
  const taken = [];
  for (let index = 0; index < 5; index += 1)
    taken.push((await first.post(`/api/devices/${device.id}/bundle`)).as(preKeyBundleResponse));
  for (const bundle of taken) {
    assert.is(bundle.registrationId, device.registrationId);
    assert.equal(bundle.identityKey, device.identityKey);
    assert.equal(bundle.signed, preKeys.signed);
  }
  const sorted = <T extends { id: number }>(keys: readonly T[]) => [...keys].sort((a, b) => a.id - b.id);
  assert.equal(sorted(taken.slice(0, 3).map(({ oneTime }) => oneTime!)), preKeys.oneTime);
  assert.equal(sorted(taken.slice(0, 3).map(({ kem }) => kem)), preKeys.oneTimeKem);
  for (const { oneTime, kem } of taken.slice(3)) {
    assert.is(oneTime, undefined);
    assert.equal(kem, preKeys.lastResortKem);
  }
});

test('H10 fifty at once: each one-time key is handed out once', async (context) => {
  const { server } = context;
  const { account, first } = await setUp(context);
  const keys = newPreKeys(1_000, 30);
  assert.is((await first.post('/api/pre-keys', keys)).status, 204);
  const bundles = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const answer = await first.post(`/api/devices/${account.device.id}/bundle`);
      return answer.as(preKeyBundleResponse);
    }),
  );
  const oneTime = bundles.flatMap(({ oneTime }) => (oneTime ? [oneTime.id] : []));
  const kem = bundles.map(({ kem }) => kem.id).filter((id) => id !== keys.lastResortKem.id);
  assert.is(oneTime.length, 33);
  assert.is(new Set(oneTime).size, 33);
  assert.is(kem.length, 33);
  assert.is(new Set(kem).size, 33);
  assert.is((await server.claims.list({ prefix: `prekey-taken:${account.device.id}` })).length, 66);
  assert.equal((await first.get('/api/pre-keys')).as(preKeyCountResponse), { oneTime: 0, oneTimeKem: 0 });
});

test('H12 newer keys replace the signed ones, add to the others, and none comes back', async (context) => {
  const { account, first } = await setUp(context);
  const path = `/api/devices/${account.device.id}/bundle`;
  const out = (await first.post(path)).as(preKeyBundleResponse);
  assert.is((await first.post('/api/pre-keys', account.device.preKeys)).status, 204, 'again');
  assert.equal((await first.get('/api/pre-keys')).as(preKeyCountResponse), { oneTime: 2, oneTimeKem: 2 });

  context.server.clock.now += 1;
  const keys = newPreKeys(500, 2);
  assert.is((await first.post('/api/pre-keys', keys)).status, 204);
  assert.equal((await first.get('/api/pre-keys')).as(preKeyCountResponse), { oneTime: 4, oneTimeKem: 4 });
  const bundles = [];
  for (let index = 0; index < 5; index += 1) bundles.push((await first.post(path)).as(preKeyBundleResponse));
  assert.ok(bundles.every(({ oneTime }) => oneTime?.id !== out.oneTime?.id));
  assert.equal(bundles[4]?.signed, keys.signed);
  assert.equal(bundles[4]?.kem, keys.lastResortKem);
});

test('H12 another key under a known id, and more keys than are kept, are refused', async (context) => {
  const { account, first } = await setUp(context);
  const { preKeys } = account.device;
  const changed = { ...preKeys, oneTime: [{ id: 2, key: newDevice().identityKey }] };
  assert.is((await first.post('/api/pre-keys', changed)).code, 'request/invalid');
  let status = 204;
  let stored = 3;
  for (let start = 1_000; status === 204; start += 50) {
    status = (await first.post('/api/pre-keys', newPreKeys(start, 50))).status;
    if (status === 204) stored += 50;
  }
  assert.is(status, 413);
  assert.ok(stored <= KEPT_ONE_TIME && stored + 50 > KEPT_ONE_TIME);
});

test('H10 H11 H12 without a session or a device nothing is given', async (context) => {
  const { account, first, second } = await setUp(context);
  const nobody = context.server.client();
  const path = `/api/devices/${account.device.id}/bundle`;
  assert.is((await nobody.post(path)).code, 'auth/token-invalid');
  assert.is((await nobody.get('/api/pre-keys')).code, 'auth/token-invalid');
  assert.is((await second.get('/api/pre-keys')).code, 'auth/forbidden');
  assert.is((await second.post('/api/pre-keys', newPreKeys())).code, 'auth/forbidden');
  assert.is((await first.post(`/api/devices/${newDevice().id}/bundle`)).code, 'auth/not-found');
  assert.is((await first.post('/api/devices/short/bundle')).code, 'request/invalid');
});

test('S3 one device cannot be drained of its keys', async () => {
  const server = await startServer({ takeBundlesOfDevice: { count: 2, withinMs: 60_000 } });
  const { account, first } = await setUp({ server, accounts: 0 });
  const statuses = [];
  for (let index = 0; index < 3; index += 1)
    statuses.push((await first.post(`/api/devices/${account.device.id}/bundle`)).status);
  assert.equal(statuses, [200, 200, 429]);
  await server.close();
});

test.run();
