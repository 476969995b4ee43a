import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import {
  ACCESS_AUDIENCE,
  accessClaims,
  DOCUMENT_AUDIENCE,
  type SessionId,
  TOKEN_ISSUER,
} from '@sotto/protocol';
import { ban, liftBan, SESSIONS_ENDED, sessionEndedKey } from '@sotto/store';
import { decodeJwt, jwtVerify, SignJWT } from 'jose';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import { refreshPrefix, sessionKey } from '../records/keys.js';
import { SESSION_MS } from '../sessions/sessions.js';
import { sweep } from '../sweep.js';
import { newAccount, type SignUpBody } from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';
import type { TestClient } from '../testing/test-client.js';

const test = suite<{ server: RunningServer; ada: SignUpBody }>('sessions');
const REFRESH = '/api/session/refresh';

test.before(async (context) => {
  context.server = await startServer();
  context.ada = newAccount(await context.server.linkFor('ada@example.org'), 'ada');
  await context.server.client().begin('/api/signup/complete', context.ada);
});
test.after(({ server }) => server.close());

async function signedIn(server: RunningServer, ada: SignUpBody): Promise<TestClient> {
  const client = server.client();
  await client.begin('/api/login', { login: 'ada', authKey: ada.authKey, device: ada.device.id });
  return client;
}

function privateKey(server: RunningServer): KeyObject {
  return createPrivateKey({ key: server.secrets.tokenKey, format: 'jwk' });
}

function publicKey(server: RunningServer): KeyObject {
  return createPublicKey(privateKey(server));
}

function sessionOf(client: TestClient): SessionId {
  return client.cookie!.split('=')[1]!.split('.')[0] as SessionId;
}

function generationOf(client: TestClient): number {
  return Number(client.cookie!.split('.')[1]);
}

test('H14 S4 an access token says who, which session and device, and lasts ten minutes', async ({
  server,
  ada,
}) => {
  const client = await signedIn(server, ada);
  const { payload, protectedHeader } = await jwtVerify(client.accessToken!, publicKey(server), {
    currentDate: new Date(server.clock.now),
  });
  assert.is(protectedHeader.alg, 'EdDSA');
  assert.is(payload.iss, TOKEN_ISSUER);
  assert.is(payload.aud, ACCESS_AUDIENCE);
  assert.is(payload.exp! - Math.floor(server.clock.now / 1_000), 600);
  assert.ok(payload.jti);
  const claims = v.parse(accessClaims, payload);
  assert.equal(claims, { sub: ada.account, sid: sessionOf(client), did: ada.device.id });
});

test('H14 S4 tokens that are expired, changed, of another key, audience or algorithm are refused', async ({
  server,
  ada,
}) => {
  const client = await signedIn(server, ada);
  const good = client.accessToken!;
  const claims = decodeJwt(good);
  const sign = (changes: object, key = privateKey(server), alg = 'EdDSA') =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg }).sign(key);
  const stranger = generateKeyPairSync('ed25519').privateKey;
  const none = [{ alg: 'none' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const bad = [
    undefined,
    '',
    'x',
    `${good.slice(0, -4)}AAAA`,
    `${none.join('.')}.`,
    await sign({}, stranger),
    await sign({ aud: DOCUMENT_AUDIENCE }),
    await sign({ iss: 'other' }),
    await sign({ sub: 'ada' }),
    await sign({ exp: undefined }),
    await sign({ jti: undefined }),
    await sign({}, new Uint8Array(32) as never, 'HS256'),
  ];
  for (const token of bad) {
    client.accessToken = token;
    const answer = await client.get('/api/people/ada');
    assert.is(answer.status, 401);
    assert.is(answer.code, 'auth/token-invalid');
  }
  client.accessToken = good;
  assert.is((await client.get('/api/people/ada')).status, 200);
  server.clock.now += 600_001;
  assert.is((await client.get('/api/people/ada')).code, 'auth/token-invalid');
});

test('H6 refreshing gives a new token each time and keeps the session', async ({ server, ada }) => {
  const client = await signedIn(server, ada);
  const seen = new Set([client.cookie]);
  for (let round = 1; round <= 5; round += 1) {
    server.clock.now += 600_000;
    const session = await client.begin(REFRESH);
    assert.is(session.account, ada.account);
    assert.is(session.device, ada.device.id);
    assert.is(generationOf(client), round);
    seen.add(client.cookie);
  }
  assert.is(seen.size, 6);
  const uses = await server.claims.list({ prefix: refreshPrefix(sessionOf(client)) });
  assert.is(uses.length, 1, 'only the newest use is kept');
});

test('H6 a refresh whose answer was lost gets the same successor again', async ({ server, ada }) => {
  const client = await signedIn(server, ada);
  const before = client.cookie;
  await client.begin(REFRESH);
  const after = client.cookie;
  for (let again = 0; again < 3; again += 1) {
    client.cookie = before;
    await client.begin(REFRESH);
    assert.is(client.cookie, after);
  }
  await client.begin(REFRESH);
  assert.is(generationOf(client), 2);
});

test('H6 refreshing with one token many times at once gives one successor', async ({ server, ada }) => {
  const client = await signedIn(server, ada);
  const copies = Array.from({ length: 10 }, () => {
    const copy = server.client();
    copy.cookie = client.cookie;
    return copy;
  });
  await Promise.all(copies.map((copy) => copy.begin(REFRESH)));
  assert.is(new Set(copies.map(({ cookie }) => cookie)).size, 1);
  assert.is((await server.claims.list({ prefix: refreshPrefix(sessionOf(client)) })).length, 1);
});

test('H6 a token older than the newest used one ends the session for everybody', async ({ server, ada }) => {
  const client = await signedIn(server, ada);
  const stolen = client.cookie;
  await client.begin(REFRESH);
  await client.begin(REFRESH);
  const thief = server.client();
  thief.cookie = stolen;
  const refused = await thief.post(REFRESH);
  assert.is(refused.status, 401);
  assert.is(refused.code, 'auth/session-invalid');
  assert.is(thief.cookie, undefined, 'the cookie is cleared');
  const ended = await client.post(REFRESH);
  assert.is(ended.code, 'auth/session-invalid');
  assert.is((await client.get('/api/people/ada')).code, 'auth/session-invalid');
});

test('H6 made-up, changed and foreign refresh tokens are refused and end nothing', async ({
  server,
  ada,
}) => {
  const client = await signedIn(server, ada);
  const [name, value] = client.cookie!.split('=') as [string, string];
  const [sid, , secret] = value.split('.') as [string, string, string];
  const forged = createHmac('sha256', 'guess').update(sid).digest('base64url');
  const bad = ['', 'x', '..', `${sid}.0`, `${sid}.1.${secret}`, `${sid}.00.${secret}`, `${sid}.0.${forged}`];
  for (const text of bad) {
    const other = server.client();
    other.cookie = `${name}=${text}`;
    assert.is((await other.post(REFRESH)).code, 'auth/session-invalid', text);
    assert.is((await server.client().post(REFRESH)).code, 'auth/session-invalid');
  }
  assert.is((await client.post(REFRESH)).status, 200);
});

test('H6 a session lapses sixty days after it was last refreshed', async ({ server, ada }) => {
  const client = await signedIn(server, ada);
  server.clock.now += SESSION_MS;
  await client.begin(REFRESH);
  server.clock.now += SESSION_MS;
  await client.begin(REFRESH);
  server.clock.now += SESSION_MS + 1;
  assert.is((await client.post(REFRESH)).code, 'auth/session-invalid');
});

test('H7 U5 ending a session ends its access token at once and can be asked for again', async ({
  server,
  ada,
}) => {
  const client = await signedIn(server, ada);
  const cookie = client.cookie;
  const answer = await client.post('/api/session/end');
  assert.is(answer.status, 204);
  assert.is(client.cookie, undefined);
  assert.is((await client.get('/api/people/ada')).code, 'auth/session-invalid');
  client.cookie = cookie;
  assert.is((await client.post(REFRESH)).code, 'auth/session-invalid');
  client.cookie = cookie;
  assert.is((await client.post('/api/session/end')).status, 204);
  assert.is((await server.client().post('/api/session/end')).status, 204);
});

test('A2 a session ended by another server is refused here too', async ({ server, ada }) => {
  const client = await signedIn(server, ada);
  await server.claims.own(sessionEndedKey(sessionOf(client)), new Uint8Array([0xa1, 0x61, 0x76, 1]));
  const until = Date.now() + 10_000;
  let code: string | undefined;
  while (code === undefined && Date.now() < until) code = (await client.get('/api/people/ada')).code;
  assert.is(code, 'auth/session-invalid');
});

test('S2 H6 pages of other origins cannot use the cookie', async ({ server, ada }) => {
  const client = await signedIn(server, ada);
  for (const path of [REFRESH, '/api/session/end']) {
    for (const site of ['same-site', 'cross-site'])
      assert.is((await client.post(path, undefined, { 'sec-fetch-site': site })).code, 'auth/forbidden');
  }
  assert.is((await client.post(REFRESH, undefined, { 'sec-fetch-site': 'same-origin' })).status, 200);
});

test('S2 over TLS the cookie is for TLS only, and browsers are told to keep to it', async () => {
  const server = await startServer({}, { secureCookies: true });
  const ada = newAccount(await server.linkFor('ada@example.org'), 'ada');
  const { headers } = await server.client().post('/api/signup/complete', ada);
  assert.match(headers.getSetCookie()[0]!, /; HttpOnly; Secure; SameSite=Strict$/);
  assert.match(headers.get('strict-transport-security')!, /^max-age=/);
  await server.close();
});

test('answers are kept by no cache', async ({ server, ada }) => {
  const client = await signedIn(server, ada);
  for (const answer of [
    await client.post(REFRESH),
    await client.get('/api/people/ada'),
    await client.get('/api/x'),
  ])
    assert.is(answer.headers.get('cache-control'), 'no-store');
});

test('ended and lapsed sessions and old links are swept, living ones are not', async () => {
  const server = await startServer();
  const ada = newAccount(await server.linkFor('ada@example.org'), 'ada');
  await server.client().begin('/api/signup/complete', ada);
  const [ended, lapsed, living] = [
    await signedIn(server, ada),
    await signedIn(server, ada),
    await signedIn(server, ada),
  ];
  const endedId = sessionOf(ended);
  await ended.post('/api/session/end');
  server.clock.now += SESSION_MS - 1_000;
  await living.begin(REFRESH);
  assert.equal(await sweep(server.claims, server.clock.now), { links: 1, sessions: 1, versions: 0 });
  server.clock.now += 2_000;
  // The session of the sign-up lapsed as well.
  assert.equal(await sweep(server.claims, server.clock.now), { links: 0, sessions: 2, versions: 0 });
  assert.is((await living.post(REFRESH)).status, 200);
  assert.is((await lapsed.post(REFRESH)).code, 'auth/session-invalid');
  assert.is(await server.claims.get(sessionKey(endedId)), undefined);
  assert.is((await server.claims.list({ prefix: SESSIONS_ENDED })).length, 0);
  assert.is((await server.client().post('/api/login', { login: 'ada', authKey: ada.authKey })).status, 200);
  await server.close();
});

test('S10 an account that is banned gets no session, no token and no answer, and all of it again once it is let in', async ({
  server,
}) => {
  const eve = newAccount(await server.linkFor('eve@example.org'), 'eve');
  const client = server.client();
  const session = await client.begin('/api/signup/complete', eve);
  const authorization = { authorization: `Bearer ${session.accessToken}` };
  await ban(server.claims, session.account);
  await ban(server.claims, session.account);
  const login = { login: 'eve', authKey: eve.authKey, device: eve.device.id };
  const refused = [
    await client.post(REFRESH),
    await client.get('/api/account', authorization),
    await server.client().post('/api/login', login),
  ];
  assert.equal(
    refused.map(({ status, code }) => `${status} ${code}`),
    Array(3).fill('403 auth/forbidden'),
  );
  const wrong = await server.client().post('/api/login', { ...login, authKey: 'A'.repeat(43) });
  assert.is(wrong.code, 'auth/credentials-wrong', 'who does not know the password learns nothing of it');
  await liftBan(server.claims, session.account);
  assert.is((await client.get('/api/account', authorization)).status, 200);
  assert.is((await client.begin(REFRESH)).account, session.account);
});

test.run();
