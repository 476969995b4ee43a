import { loginResponse } from '@sotto/protocol';
import { CONFIRM_WITHIN_MS } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  listAnew,
  listRenewed,
  listWithout,
  newDevice,
  newPassword,
  vaultAfter,
} from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';
import { newTwoDevices, type TwoDevices } from '../testing/two-devices.js';

/** Each write of a change as a crash point, before and after it reaches the disk. */
const test = suite('account changes, broken off');

/** @returns how many points there were */
async function eachPoint(
  server: RunningServer,
  change: (owner: TwoDevices) => Promise<{ ask(): Promise<{ status: number }>; check(): Promise<void> }>,
): Promise<number> {
  let points = 0;
  for (let at = 1; ; at += 1)
    for (const after of [false, true]) {
      const owner = await newTwoDevices(server, `o${at}${after}`);
      const { ask, check } = await change(owner);
      server.claims.writes = 0;
      server.claims.dies = { at, after };
      await ask();
      const died = server.claims.isDead;
      server.claims.revive();
      if (!died) return points;
      points += 1;
      server.clock.now += CONFIRM_WITHIN_MS + 1;
      const { status } = await ask();
      assert.ok(status === 204 || status === 201, `write ${at}: ${status}`);
      await check();
    }
}

const login = async (server: RunningServer, { account }: TwoDevices, authKey: Uint8Array) => {
  const answer = await server.client().post('/api/login', { login: account.username, authKey });
  return answer.as(loginResponse);
};

test('K6 K7 a removal: nothing is half done that the same request does not finish', async () => {
  const server = await startServer();
  const points = await eachPoint(server, async (owner) => {
    const { account, first, second, other, list } = owner;
    const { authKey } = account;
    const [vault, deviceList] = [vaultAfter(account.vault), listWithout(list, other.id)];
    return {
      ask: () => first.post('/api/account', { authKey, vault, deviceList }),
      async check() {
        const opened = await login(server, owner, authKey);
        assert.equal([opened.vault, opened.deviceList], [vault.sealed, deviceList]);
        assert.is((await second.post('/api/session/refresh')).code, 'auth/device-removed');
        assert.is((await first.post(`/api/devices/${other.id}/bundle`)).code, 'auth/not-found');
      },
    };
  });
  process.stdout.write(`${points} crash points\n`);
  assert.ok(points >= 10, String(points));
  await server.close();
});

test('K6 a new password: the vault and what opens it never come apart', async () => {
  const server = await startServer();
  const points = await eachPoint(server, async (owner) => {
    const { account, first } = owner;
    const [vault, credentials] = [vaultAfter(account.vault), newPassword()];
    return {
      ask: () => first.post('/api/account', { authKey: account.authKey, vault, credentials }),
      async check() {
        const opened = await login(server, owner, credentials.authKey);
        assert.equal([opened.vault, opened.kdf], [vault.sealed, credentials.kdf]);
      },
    };
  });
  assert.ok(points >= 4, String(points));
  await server.close();
});

test('K10 starting over', async () => {
  const server = await startServer();
  const points = await eachPoint(server, async (owner) => {
    const { account, first, list } = owner;
    const { authKey } = account;
    const anew = server.client();
    await anew.begin('/api/login', { login: account.username, authKey });
    const device = newDevice();
    const request = { authKey, vault: vaultAfter(account.vault), deviceList: listAnew(list, device), device };
    return {
      ask: () => anew.post('/api/account/start-over', request),
      async check() {
        const opened = await login(server, owner, authKey);
        assert.equal([opened.vault, opened.deviceList], [request.vault.sealed, request.deviceList]);
        assert.is((await first.post('/api/session/refresh')).code, 'auth/device-removed');
        assert.is((await anew.begin('/api/session/refresh')).device, device.id);
      },
    };
  });
  assert.ok(points >= 20, String(points));
  await server.close();
});

test('K13 renewing from a device', async () => {
  const server = await startServer();
  const points = await eachPoint(server, async (owner) => {
    const { account, first, second, list } = owner;
    const { authKey } = account;
    const deviceList = listRenewed(list, account.device.id);
    const request = { authKey, vault: vaultAfter(account.vault), deviceList };
    return {
      ask: () => first.post('/api/account/start-over', request),
      async check() {
        const opened = await login(server, owner, authKey);
        assert.equal([opened.vault, opened.deviceList], [request.vault.sealed, request.deviceList]);
        assert.is((await second.post('/api/session/refresh')).code, 'auth/device-removed');
        assert.is((await first.begin('/api/session/refresh')).device, account.device.id);
      },
    };
  });
  assert.ok(points >= 4, String(points));
  await server.close();
});

test.run();
