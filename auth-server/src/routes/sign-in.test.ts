import { randomBytes } from 'node:crypto';
import { loginResponse, preloginResponse } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PasswordHasher } from '../credentials/password-hasher.js';
import { accountVersionKey } from '../records/keys.js';
import { accountVersionRecord } from '../records/record.js';
import { newAccount, newDevice, type SignUpBody } from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';

const test = suite<{ server: RunningServer; ada: SignUpBody }>('sign-in');

test.before(async (context) => {
  context.server = await startServer();
  context.ada = newAccount(await context.server.linkFor('ada@example.org'), 'ada');
  await context.server.client().begin('/api/signup/complete', context.ada);
});
test.after(({ server }) => server.close());

function wrongKey(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}

test('U2 sign in by username or address, however it is cased', async ({ server, ada }) => {
  for (const login of ['ada', ' ADA ', 'ada@example.org', 'Ada@Example.ORG']) {
    const answer = await server.client().post('/api/login', { login, authKey: ada.authKey });
    assert.is(answer.status, 200, login);
    const opened = answer.as(loginResponse);
    assert.is(opened.account, ada.account);
    assert.is(opened.username, 'ada');
    assert.equal(opened.vault, ada.vault);
    assert.equal(opened.deviceList, ada.deviceList);
    assert.equal(opened.kdf, ada.kdf);
    assert.is(opened.device, undefined);
  }
});

test('U2 a wrong password and an unknown login get the same answer for the same work', async ({
  server,
  ada,
}) => {
  const workFor = async (login: string) => {
    server.claims.reads = [];
    const [runsBefore, writesBefore] = [server.hasher.runs, server.claims.writes];
    const answer = await server.client().post('/api/login', { login, authKey: wrongKey() });
    return {
      status: answer.status,
      text: answer.text,
      headers: [...answer.headers.keys()].sort(),
      reads: server.claims.reads,
      writes: server.claims.writes - writesBefore,
      runs: server.hasher.runs - runsBefore,
    };
  };
  const wrong = await workFor('ada');
  assert.is(wrong.status, 401);
  assert.is(JSON.parse(wrong.text).code, 'auth/credentials-wrong');
  assert.is(wrong.runs, 1);
  assert.ok(wrong.reads.length >= 3);
  assert.equal(await workFor('nobody'), wrong);

  const wrongByAddress = await workFor('ada@example.org');
  assert.equal(await workFor('nobody@example.org'), wrongByAddress);
  assert.ok(ada.account.length > 0);
});

test('H4 U2 how to derive the keys: an unknown login has a lasting answer of the same look and work', async ({
  server,
  ada,
}) => {
  const ask = async (login: string) => {
    server.claims.reads = [];
    const answer = await server.client().post('/api/prelogin', { login });
    assert.is(answer.status, 200);
    return { kdf: answer.as(preloginResponse).kdf, reads: server.claims.reads };
  };
  const known = await ask('ada');
  assert.equal(known.kdf, ada.kdf);
  const [unknown, again, other] = [await ask('nobody'), await ask('nobody'), await ask('nobody2')];
  assert.equal(unknown, again);
  assert.not.equal(unknown.kdf.salt, other.kdf.salt);
  assert.equal({ ...unknown.kdf, salt: null }, { ...known.kdf, salt: null });
  assert.equal(unknown.reads, known.reads);
});

test('S3 what lies in the store is Argon2id of at least 19 MiB, not the key that came', async ({
  server,
  ada,
}) => {
  const claim = await server.claims.get(accountVersionKey(ada.account, 1));
  const { hash } = accountVersionRecord.decode(claim!.body).credentials;
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,p=1,t=2\$/);
  assert.not.ok(Buffer.from(claim!.body).includes(Buffer.from(ada.authKey)));
});

test('K1 a browser that is a device already is bound to it; another device, or a foreign one, is not', async ({
  server,
  ada,
}) => {
  const bea = newAccount(await server.linkFor('bea@example.org'), 'bea');
  await server.client().begin('/api/signup/complete', bea);
  const boundTo = async (device: string) =>
    (await server.client().begin('/api/login', { login: 'ada', authKey: ada.authKey, device })).device;
  assert.is(await boundTo(ada.device.id), ada.device.id);
  assert.is(await boundTo(bea.device.id), undefined);
  assert.is(await boundTo(newDevice().id), undefined);
});

test('S3 so many tries as one login; another login is not held up', async () => {
  const server = await startServer({ signInAs: { count: 3, withinMs: 60_000 } });
  const attempt = async (login: string) =>
    (await server.client().post('/api/login', { login, authKey: wrongKey() })).code;
  const wrong = 'auth/credentials-wrong';
  assert.equal(
    [await attempt('ada'), await attempt('ADA'), await attempt('ada'), await attempt('ada')],
    [wrong, wrong, wrong, 'request/too-fast'],
  );
  assert.is(await attempt('bea'), wrong);
  server.clock.now += 60_001;
  assert.is(await attempt('ada'), wrong);
  await server.close();
});

test('S3 so many tries from one network address, over all logins', async () => {
  const server = await startServer({ signInFromNetwork: { count: 2, withinMs: 60_000 } });
  const statuses = [];
  for (const login of ['one', 'two', 'three'])
    statuses.push((await server.client().post('/api/login', { login, authKey: wrongKey() })).status);
  assert.equal(statuses, [401, 401, 429]);
  assert.is((await server.client().post('/api/prelogin', { login: 'four' })).status, 429);
  await server.close();
});

test('S3 hashing runs a few at a time and says so when too many wait', async () => {
  const hasher = new PasswordHasher({ concurrency: 1, waiting: 2 });
  const results = await Promise.allSettled(
    [1, 2, 3, 4].map((value) => hasher.hash(new Uint8Array(32).fill(value))),
  );
  assert.equal(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
  );
  assert.is((results[3] as PromiseRejectedResult).reason.code, 'service/unavailable');
  assert.is(hasher.runs, 3);
  const [first] = results as [PromiseFulfilledResult<string>];
  assert.ok(await hasher.verify(first.value, new Uint8Array(32).fill(1)));
  assert.not.ok(await hasher.verify(first.value, new Uint8Array(32).fill(2)));
  assert.not.ok(await hasher.verify(undefined, new Uint8Array(32)));
});

test.run();
