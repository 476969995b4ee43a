import { checkResetResponse, loginResponse } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RESET_MS } from '../accounts/reset-links.js';
import { newAccount, newPassword, vaultAfter } from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';

const COMPLETE = '/api/reset/complete';
const CHECK = '/api/reset/check';
const test = suite<{ server: RunningServer; people: number }>('resets');

test.before(async (context) => {
  context.server = await startServer();
  context.people = 0;
});
test.after(({ server }) => server.close());

async function someone(context: { server: RunningServer; people: number }) {
  const { server } = context;
  context.people += 1;
  const name = `forgetful${context.people}`;
  const email = `${name}@example.org`;
  const account = newAccount(await server.linkFor(email), name);
  const device = server.client();
  await device.begin('/api/signup/complete', account);
  const loginAs = (authKey: Uint8Array) => server.client().post('/api/login', { login: name, authKey });
  return { account, email, device, loginAs };
}

test('U3 K8 another password by a mailed link; the vault stays as it was', async (context) => {
  const { server } = context;
  const { account, email, device, loginAs } = await someone(context);
  const token = await server.resetFor(email);
  const nobody = server.client();
  assert.is((await nobody.post(CHECK, { token })).as(checkResetResponse).email, email);
  const password = newPassword();
  assert.is((await nobody.post(COMPLETE, { token, ...password })).status, 204);
  const opened = (await loginAs(password.authKey)).as(loginResponse);
  assert.equal(
    [opened.kdf, opened.vault, opened.deviceList],
    [password.kdf, account.vault, account.deviceList],
  );
  assert.is((await loginAs(account.authKey)).code, 'auth/credentials-wrong');
  assert.is((await device.post('/api/session/refresh')).status, 200, 'a device that is signed in stays so');
});

test('U3 K8 a link works once, and the same request again is no second use', async (context) => {
  const { server } = context;
  const { email, loginAs } = await someone(context);
  const token = await server.resetFor(email);
  const request = { token, ...newPassword() };
  const post = (path: string, body: unknown) => server.client().post(path, body);
  assert.is((await post(COMPLETE, request)).status, 204);
  assert.is((await post(COMPLETE, request)).status, 204, 'after a lost answer');
  assert.is((await post(COMPLETE, { token, ...newPassword() })).code, 'auth/link-used');
  assert.is((await post(CHECK, { token })).code, 'auth/link-used');
  assert.is((await loginAs(request.authKey)).status, 200);
  assert.is(
    (await post(COMPLETE, { token: newPassword().authKey, ...newPassword() })).code,
    'auth/link-unknown',
  );
});

test('K8 of rivals with one link one sets the password', async (context) => {
  const { server } = context;
  const { email, loginAs } = await someone(context);
  const token = await server.resetFor(email);
  const rivals = Array.from({ length: 4 }, () => newPassword());
  const answers = await Promise.all(
    rivals.map((password) => server.client().post(COMPLETE, { token, ...password })),
  );
  assert.equal(answers.map(({ status }) => status).sort(), [204, 403, 403, 403]);
  const winner = rivals[answers.findIndex(({ status }) => status === 204)]!;
  assert.is((await loginAs(winner.authKey)).status, 200);
});

test('K8 a link is void once the password changed otherwise, and after an hour', async (context) => {
  const { server } = context;
  const { account, email, device } = await someone(context);
  const [early, late] = [await server.resetFor(email), await server.resetFor(email)];
  const request = { token: early, ...newPassword() };
  assert.is((await server.client().post(COMPLETE, request)).status, 204);
  assert.is((await server.client().post(CHECK, { token: late })).code, 'auth/link-used', 'the other one too');
  const token = await server.resetFor(email);
  const changed = { authKey: request.authKey, vault: vaultAfter(account.vault), credentials: newPassword() };
  assert.is((await device.post('/api/account', changed)).status, 204);
  assert.is((await server.client().post(COMPLETE, { token, ...newPassword() })).code, 'auth/link-used');
  const old = await server.resetFor(email);
  server.clock.now += RESET_MS + 1;
  assert.is((await server.client().post(CHECK, { token: old })).code, 'auth/link-expired');
  assert.is(
    (await server.client().post(COMPLETE, { token: old, ...newPassword() })).code,
    'auth/link-expired',
  );
});

test('U3 K8 an address that nobody has gets the same answer for the same work', async (context) => {
  const { server } = context;
  const { email } = await someone(context);
  const workFor = async (address: string) => {
    server.claims.reads = [];
    const [writes, runs] = [server.claims.writes, server.hasher.runs];
    const { status, text } = await server.client().post('/api/reset', { email: address });
    return {
      status,
      text,
      reads: server.claims.reads,
      writes: server.claims.writes - writes,
      runs: server.hasher.runs - runs,
    };
  };
  const known = await workFor(email);
  assert.is(known.status, 202);
  assert.ok(known.writes >= 4);
  assert.equal(await workFor('nobody.here@example.org'), known);
  const mail = (await server.mails()).find(({ to }) => to === 'nobody.here@example.org')!;
  assert.equal(
    [mail.to, mail.template, mail.link],
    ['nobody.here@example.org', 'no-account', 'http://localhost:8080/'],
  );
});

test('K8 S3 the secret of a link is in the mail alone', async (context) => {
  const { server } = context;
  const { email } = await someone(context);
  const token = await server.resetFor(email);
  await server.client().post(CHECK, { token });
  const text = Buffer.from(token).toString('base64url');
  assert.not.ok(server.logged.join().includes(text));
  const links = await server.claims.list({ prefix: 'reset-link:' });
  assert.ok(links.length > 0);
  for (const { key, body } of links)
    assert.not.ok(key.includes(text) || Buffer.from(body).includes(Buffer.from(token)));
});

for (const at of [1, 2])
  for (const after of [false, true])
    test(`K8 broken off at write ${at}, ${after ? 'after' : 'before'} it: the same request works`, async () => {
      const server = await startServer();
      const { email, loginAs } = await someone({ server, people: 0 });
      const request = { token: await server.resetFor(email), ...newPassword() };
      server.claims.writes = 0;
      server.claims.dies = { at, after };
      assert.is((await server.client().post(COMPLETE, request)).status, 503);
      server.claims.revive();
      server.clock.now += 61_000;
      assert.is((await server.client().post(COMPLETE, request)).status, 204);
      assert.is((await loginAs(request.authKey)).status, 200);
      await server.close();
    });

test('S3 so many mails to one address', async () => {
  const server = await startServer({ resetOfAddress: { count: 2, withinMs: 60_000 } });
  const statuses = [];
  for (let round = 0; round < 3; round += 1)
    statuses.push((await server.client().post('/api/reset', { email: 'kim@example.org' })).status);
  assert.equal(statuses, [202, 202, 429]);
  await server.close();
});

test.run();
