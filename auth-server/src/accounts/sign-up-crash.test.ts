import { CONFIRM_WITHIN_MS } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accountKey } from '../records/keys.js';
import { HOLD_MS } from '../records/own-same.js';
import { newAccount } from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';

const test = suite('sign-up, broken off');

/** Crash points at which the account stands. */
const AFTER_COMMIT = 9;

interface Attempt {
  /** Whether the process died at this write; false when there are no more writes. */
  readonly died: boolean;
  readonly first: ReturnType<typeof newAccount>;
  readonly token: Uint8Array;
}

/** Completes a sign-up on a server that dies at the `at`th write, and starts again. */
async function breakOff(server: RunningServer, at: number, after: boolean): Promise<Attempt> {
  const token = await server.linkFor(`crash${at}${after}@example.org`);
  const first = newAccount(token, `crash${at}${after}`, 1);
  server.claims.writes = 0;
  server.claims.dies = { at, after };
  await server.client().post('/api/signup/complete', first);
  const died = server.claims.isDead;
  server.claims.revive();
  return { died, first, token };
}

/** Points at which a sign-up can break off, each write before and after it reaches the disk. */
async function eachPoint(server: RunningServer, check: (attempt: Attempt) => Promise<void>): Promise<number> {
  let points = 0;
  for (let at = 1; ; at += 1) {
    for (const after of [false, true]) {
      const attempt = await breakOff(server, at, after);
      if (!attempt.died) return points;
      points += 1;
      await check(attempt);
    }
  }
}

/** Somebody who is signed in all the while and looks for others. @returns how many of these names somebody has */
async function startWitness(server: RunningServer): Promise<(...usernames: string[]) => Promise<number>> {
  const witness = server.client();
  await witness.begin('/api/signup/complete', newAccount(await server.linkFor('w@example.org'), 'witness'));
  return async (...usernames) => {
    await witness.begin('/api/session/refresh');
    const found = await Promise.all(usernames.map((name) => witness.get(`/api/people/${name}`)));
    return found.filter(({ status }) => status === 200).length;
  };
}

test('U1 the same request again makes the account, wherever the first was broken off', async () => {
  const server = await startServer();
  const points = await eachPoint(server, async ({ first }) => {
    server.clock.now += CONFIRM_WITHIN_MS + 1;
    const again = await server.client().post('/api/signup/complete', first);
    assert.is(again.status, 201, `write ${server.claims.writes}: ${again.text}`);
    const login = server.client();
    const session = await login.begin('/api/login', { login: first.username, authKey: first.authKey });
    assert.is(session.account, first.account);
    assert.is((await login.get(`/api/people/${first.username}`)).status, 200);
    assert.is((await login.post(`/api/devices/${first.device.id}/bundle`)).status, 200);
  });
  report(`${points} crash points, same request again`);
  assert.ok(points >= 50, String(points));
  await server.close();
});

test('U1 a new start with the link makes one account of the two, wherever the first was broken off', async () => {
  const server = await startServer();
  const found = await startWitness(server);
  let committed = 0;
  const points = await eachPoint(server, async ({ first, token }) => {
    server.clock.now += HOLD_MS + 1;
    const second = newAccount(token, first.username);
    const again = await server.client().post('/api/signup/complete', second);
    const stands = (await server.claims.get(accountKey(first.account))) !== undefined;
    const firstLogin = await server
      .client()
      .post('/api/login', { login: first.username, authKey: first.authKey });
    const secondLogin = await server
      .client()
      .post('/api/login', { login: first.username, authKey: second.authKey });
    if (again.status === 201) {
      assert.is(firstLogin.status, 401);
      assert.is(secondLogin.status, 200);
    } else {
      committed += 1;
      assert.is(again.code, 'auth/link-used');
      assert.ok(stands);
      assert.is(firstLogin.status, 200);
      assert.is(secondLogin.status, 401);
    }
    assert.is(await found(first.username), 1);
  });
  report(`${points} crash points, new start; the account stood already at ${committed}`);
  assert.ok(points >= 50, String(points));
  // The commit's own write, and the session's four after it, each before and after.
  assert.is(committed, AFTER_COMMIT);
  await server.close();
});

test('U1 another person gets the username of a sign-up that was broken off, and the link stays good', async () => {
  const server = await startServer();
  const found = await startWitness(server);
  let free = 0;
  const points = await eachPoint(server, async ({ first, token }) => {
    server.clock.now += HOLD_MS + 1;
    const other = newAccount(await server.linkFor(`other-${first.username}@example.org`), first.username);
    const taken = await server.client().post('/api/signup/complete', other);
    if (taken.status !== 201) {
      assert.is(taken.code, 'auth/username-taken');
      return;
    }
    free += 1;
    const again = await server.client().post('/api/signup/complete', first);
    assert.is(again.code, 'auth/username-taken', again.text);
    const late = await server.client().post('/api/signup/complete', newAccount(token, `${first.username}b`));
    assert.is(late.status, 201, late.text);
    assert.is(await found(first.username, `${first.username}b`), 2);
  });
  report(`${points} crash points, another person; the username came free at ${free}`);
  assert.is(free, points - AFTER_COMMIT);
  await server.close();
});

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

test.run();
