import { accountResponse, loginResponse, openAccountResponse, preKeyBundleResponse } from '@sotto/protocol';
import { deviceListKey, sessionEndedKey } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sha256 } from '../records/hash.js';
import { accountVersionPrefix, preKeyPrefix } from '../records/keys.js';
import { sweep } from '../sweep.js';
import {
  firstList,
  listAfter,
  listAnew,
  listRenewed,
  listWith,
  listWithout,
  newDevice,
  newPassword,
  vaultAfter,
} from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';
import { newTwoDevices, sessionOf } from '../testing/two-devices.js';

const ACCOUNT = '/api/account';
const REFRESH = '/api/session/refresh';
const test = suite<{ server: RunningServer; people: number }>('account changes');

test.before(async (context) => {
  context.server = await startServer();
  context.people = 0;
});
test.after(({ server }) => server.close());

const someone = (context: { server: RunningServer; people: number }) => {
  context.people += 1;
  return newTwoDevices(context.server, `owner${context.people}`);
};

test('H15 H16 S3 the vault is given out again for the password alone', async (context) => {
  const { account, first } = await someone(context);
  const opened = (await first.post(`${ACCOUNT}/open`, { authKey: account.authKey })).as(openAccountResponse);
  assert.equal([opened.vault, opened.kdf], [account.vault, account.kdf]);
  assert.is(
    (await first.post(`${ACCOUNT}/open`, { authKey: newPassword().authKey })).code,
    'auth/credentials-wrong',
  );
  assert.is(
    (await context.server.client().post(`${ACCOUNT}/open`, { authKey: account.authKey })).code,
    'auth/token-invalid',
  );
  assert.equal((await first.get(ACCOUNT)).as(accountResponse).vault, sha256(account.vault));
});

test('U4 H17 K6 a new password and the vault under it change together', async (context) => {
  const { account, first, second } = await someone(context);
  const unlinked = context.server.client();
  await unlinked.begin('/api/login', { login: account.username, authKey: account.authKey });
  const credentials = newPassword();
  const vault = vaultAfter(account.vault);
  const request = { authKey: account.authKey, vault, credentials };
  assert.is(
    (await first.post(ACCOUNT, { ...request, authKey: newPassword().authKey })).code,
    'auth/credentials-wrong',
  );
  assert.is((await first.post(ACCOUNT, request)).status, 204);
  assert.is((await first.post(ACCOUNT, request)).status, 204, 'the same again, after a lost answer');
  const login = { login: account.username, authKey: credentials.authKey };
  const opened = (await context.server.client().post('/api/login', login)).as(loginResponse);
  assert.equal([opened.vault, opened.kdf], [vault.sealed, credentials.kdf]);
  const before = await context.server.client().post('/api/login', { ...login, authKey: account.authKey });
  assert.is(before.code, 'auth/credentials-wrong');
  assert.is((await second.post(REFRESH)).status, 200, 'other devices stay signed in');
  assert.is(
    (await unlinked.post(REFRESH)).code,
    'auth/session-invalid',
    'a session of the password alone ends',
  );
});

test('K6 a vault replaces the one that it was made from, and no other', async (context) => {
  const { account, first, second } = await someone(context);
  const { authKey } = account;
  const [one, two] = [vaultAfter(account.vault), vaultAfter(account.vault)];
  const answers = await Promise.all([
    first.post(ACCOUNT, { authKey, vault: one }),
    second.post(ACCOUNT, { authKey, vault: two }),
  ]);
  assert.equal(answers.map(({ status }) => status).sort(), [204, 409]);
  assert.is(answers.find(({ status }) => status === 409)!.code, 'auth/vault-stale');
  const stands = answers[0]!.status === 204 ? one : two;
  const { vault } = (await first.post(`${ACCOUNT}/open`, { authKey })).as(openAccountResponse);
  assert.equal(vault, stands.sealed);
});

test('K6 changes that do not touch each other both hold, whichever comes first', async (context) => {
  for (let round = 0; round < 4; round += 1) {
    const { account, first, second, list } = await someone(context);
    const vault = vaultAfter(account.vault);
    const renamed = listAfter(list, (devices) => devices.map((device) => ({ ...device, name: 'Renamed' })));
    const answers = await Promise.all([
      first.post(ACCOUNT, { authKey: account.authKey, vault }),
      second.post(ACCOUNT, { authKey: account.authKey, deviceList: renamed }),
    ]);
    assert.equal(
      answers.map(({ status }) => status),
      [204, 204],
    );
    const opened = (await first.post(`${ACCOUNT}/open`, { authKey: account.authKey })).as(
      openAccountResponse,
    );
    assert.equal([opened.vault, opened.deviceList], [vault.sealed, renamed]);
  }
});

test('U11 K7 a device that is removed is out: session, pre-keys, next refresh', async (context) => {
  const { server } = context;
  const { account, first, second, other, list } = await someone(context);
  const request = {
    authKey: account.authKey,
    vault: vaultAfter(account.vault),
    deviceList: listWithout(list, other.id),
  };
  assert.is((await first.post(`/api/devices/${other.id}/bundle`)).status, 200);
  assert.is((await first.post(ACCOUNT, request)).status, 204);
  assert.ok(await server.claims.get(sessionEndedKey(sessionOf(second))), 'what sync servers watch');
  assert.ok(await server.claims.get(deviceListKey(account.account, 3)), 'and what tells of the list');
  assert.is((await second.get('/api/people/nobody')).code, 'auth/session-invalid');
  assert.is((await second.post(REFRESH)).code, 'auth/device-removed');
  assert.is((await first.post(`/api/devices/${other.id}/bundle`)).code, 'auth/not-found');
  for (const kind of ['signed', 'last', 'one', 'kem'] as const)
    assert.is((await server.claims.list({ prefix: preKeyPrefix(other.id, kind) })).length, 0);
  assert.is((await first.post(REFRESH)).status, 200);
  assert.is((await first.post(ACCOUNT, request)).status, 204, 'the same again');
  const back = await server.client().begin('/api/login', {
    login: account.username,
    authKey: account.authKey,
    device: other.id,
  });
  assert.is(back.device, undefined, 'it is nobody now');
});

test('K7 a removal that the server died over ends the device at its next refresh', async (context) => {
  const { server } = context;
  const { account, first, second, other, list } = await someone(context);
  const request = {
    authKey: account.authKey,
    vault: vaultAfter(account.vault),
    deviceList: listWithout(list, other.id),
  };
  server.claims.writes = 0;
  // The version's claim and its confirmation stand, nothing after.
  server.claims.dies = { at: 2, after: true };
  assert.is((await first.post(ACCOUNT, request)).status, 503);
  server.claims.revive();
  assert.is(await server.claims.get(sessionEndedKey(sessionOf(second))), undefined, 'control');
  assert.is((await second.post(REFRESH)).code, 'auth/device-removed');
  assert.ok(await server.claims.get(sessionEndedKey(sessionOf(second))));
});

test('H17 K6 lists that skip, add or change a key are refused', async (context) => {
  const { account, first, second, other, list } = await someone(context);
  const stranger = newDevice();
  const { authKey } = account;
  const cases = [
    [account.deviceList, 'auth/device-list-stale'],
    [listWithout(listWith(list, stranger), other.id), 'auth/device-list-stale'],
    [listWith(list, stranger), 'request/invalid'],
    [firstList(account.account, account.device), 'auth/device-list-stale'],
    [
      listAfter(list, (devices) => devices.map((d) => ({ ...d, key: stranger.identityKey }))),
      'request/invalid',
    ],
    [listAnew(list, account.device), 'request/invalid'],
  ] as const;
  for (const [deviceList, code] of cases)
    assert.is((await first.post(ACCOUNT, { authKey, deviceList })).code, code);
  assert.is((await second.post(ACCOUNT, { authKey, deviceList: listAfter(list, (d) => d) })).status, 204);
});

test('H17 K7 a device takes itself off the list, with others on it and as the last one, and is out', async (context) => {
  const { account, first, second, other, list } = await someone(context);
  const { authKey } = account;
  const without = listWithout(list, account.device.id);
  assert.is((await first.post(ACCOUNT, { authKey, deviceList: without })).status, 204);
  assert.is((await first.post(REFRESH)).code, 'auth/device-removed');
  assert.is((await first.post(ACCOUNT, { authKey, deviceList: without })).code, 'auth/session-invalid');
  assert.is((await second.post(`/api/devices/${account.device.id}/bundle`)).code, 'auth/not-found');
  const last = { authKey, vault: vaultAfter(account.vault), deviceList: listWithout(without, other.id) };
  assert.is((await second.post(ACCOUNT, last)).status, 204);
  assert.is((await second.post(REFRESH)).code, 'auth/device-removed');
  // Whoever has the password comes back, as another device.
  const back = context.server.client();
  await back.begin('/api/login', { login: account.username, authKey });
  const device = newDevice();
  const linked = await back.begin('/api/devices', { deviceList: listWith(last.deviceList, device), device });
  assert.is(linked.device, device.id);
});

test('H17 a session without a device changes the vault, not the list', async (context) => {
  const { account, list } = await someone(context);
  const { authKey } = account;
  const recovering = context.server.client();
  await recovering.begin('/api/login', { login: account.username, authKey });
  assert.is((await recovering.post(ACCOUNT, { authKey, vault: vaultAfter(account.vault) })).status, 204);
  assert.is(
    (await recovering.post(ACCOUNT, { authKey, deviceList: listAfter(list, (d) => d) })).code,
    'auth/forbidden',
  );
});

test('K10 H18 starting over goes on with the list under another key; all others are out', async (context) => {
  const { account, first, second, list } = await someone(context);
  const { authKey } = account;
  const anew = context.server.client();
  await anew.begin('/api/login', { login: account.username, authKey });
  const device = newDevice();
  const request = { authKey, vault: vaultAfter(account.vault), deviceList: listAnew(list, device), device };
  const refused = [
    [{ ...request, vault: vaultAfter(request.vault.sealed) }, 'auth/vault-stale'],
    [{ ...request, deviceList: listWith(list, device) }, 'request/invalid'],
    [{ ...request, deviceList: listAnew(account.deviceList, device) }, 'auth/device-list-stale'],
    [{ ...request, authKey: newPassword().authKey }, 'auth/credentials-wrong'],
  ] as const;
  for (const [body, code] of refused) assert.is((await anew.post(`${ACCOUNT}/start-over`, body)).code, code);
  assert.is((await anew.begin(`${ACCOUNT}/start-over`, request)).device, device.id);
  assert.is((await anew.begin(`${ACCOUNT}/start-over`, request)).device, device.id, 'the same again');
  assert.is((await anew.post(`/api/devices/${device.id}/bundle`)).as(preKeyBundleResponse).device, device.id);
  for (const out of [first, second]) assert.is((await out.post(REFRESH)).code, 'auth/device-removed');
  assert.is((await anew.post(REFRESH)).status, 200);
});

test('K13 H18 a device of the account stays as the only one under another key; nobody else can', async (context) => {
  const { server } = context;
  const { account, first, second, other, list } = await someone(context);
  const { authKey } = account;
  const path = `${ACCOUNT}/start-over`;
  const request = {
    authKey,
    vault: vaultAfter(account.vault),
    deviceList: listRenewed(list, account.device.id),
  };
  const signedIn = server.client();
  await signedIn.begin('/api/login', { login: account.username, authKey });
  assert.is((await signedIn.post(path, request)).code, 'auth/forbidden', 'the password alone');
  const stranger = newDevice();
  const refused = [
    [{ ...request, authKey: newPassword().authKey }, 'auth/credentials-wrong'],
    [{ ...request, vault: vaultAfter(request.vault.sealed) }, 'auth/vault-stale'],
    [
      { ...request, deviceList: listRenewed(account.deviceList, account.device.id) },
      'auth/device-list-stale',
    ],
    [{ ...request, deviceList: listRenewed(list, other.id) }, 'request/invalid'],
    [{ ...request, deviceList: listAnew(list, stranger) }, 'request/invalid'],
    [{ ...request, deviceList: listWithout(list, other.id) }, 'request/invalid'],
    [
      { ...request, deviceList: listAnew(list, { ...account.device, identityKey: stranger.identityKey }) },
      'request/invalid',
    ],
  ] as const;
  for (const [body, code] of refused) assert.is((await first.post(path, body)).code, code);
  assert.is((await first.begin(path, request)).device, account.device.id);
  assert.is((await first.begin(path, request)).device, account.device.id, 'the same again');
  assert.is((await second.post(REFRESH)).code, 'auth/device-removed');
  assert.is((await signedIn.post(REFRESH)).code, 'auth/session-invalid');
  assert.is((await first.post(REFRESH)).status, 200);
  assert.is(
    (await first.post(`/api/devices/${account.device.id}/bundle`)).as(preKeyBundleResponse).device,
    account.device.id,
    'its pre-keys stay',
  );
});

test('K6 what a newer version replaced is not kept', async () => {
  const server = await startServer();
  const { account, first } = await newTwoDevices(server, 'kept');
  const vault = vaultAfter(account.vault);
  assert.is((await first.post(ACCOUNT, { authKey: account.authKey, vault })).status, 204);
  const versions = () => server.claims.list({ prefix: accountVersionPrefix(account.account) });
  assert.is((await versions()).length, 3);
  assert.is((await sweep(server.claims, server.clock.now)).versions, 0, 'not at once');
  server.clock.now += 2 * 60 * 60 * 1_000;
  assert.ok((await sweep(server.claims, server.clock.now)).versions > 0);
  assert.is((await versions()).length, 1);
  const login = { login: account.username, authKey: account.authKey };
  assert.equal((await server.client().post('/api/login', login)).as(loginResponse).vault, vault.sealed);
  await server.close();
});

test('S3 so many tries at the password of one account', async () => {
  const server = await startServer({ passwordAgain: { count: 2, withinMs: 60_000 } });
  const { first } = await newTwoDevices(server, 'tries');
  const codes = [];
  for (let round = 0; round < 3; round += 1)
    codes.push((await first.post(`${ACCOUNT}/open`, { authKey: newPassword().authKey })).code);
  assert.equal(codes, ['auth/credentials-wrong', 'auth/credentials-wrong', 'request/too-fast']);
  await server.close();
});

test.run();
