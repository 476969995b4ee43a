import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AccountId, type DeviceId, ProtocolError, randomId, toProblem } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createCookieJar } from './cookie-jar.js';
import { type AccountApi, createAccountApi } from './http-api.js';

/*
 * What the client makes of answers, good and bad, over real HTTP. That the auth server gives these answers is shown
 * against the auth server itself, in ops.
 */
const test = suite('account API');

interface Asked {
  readonly request: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}
type Answer = (response: ServerResponse, asked: Asked) => void;

const json =
  (status: number, body: unknown): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const problem = (code: ProtocolError['code'], retryAfterMs?: number): Answer => {
  const error = new ProtocolError(code, retryAfterMs === undefined ? {} : { retryAfterMs });
  return json(error.status, toProblem(error));
};
const account = randomId<AccountId>();
const session = (accessToken: string, expiresIn = 600): Answer =>
  json(200, { account, username: 'ada', email: 'ada@example.org', accessToken, expiresIn });

/** A server that gives the answers for each request line, the last one again and again. */
async function serving(answers: Record<string, Answer[]>) {
  const asked: Asked[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const line = `${request.method} ${request.url}`;
    const entry = { request: line, headers: request.headers, body: text ? JSON.parse(text) : undefined };
    asked.push(entry);
    const left = answers[line] ?? [json(404, {})];
    const answer = left.length > 1 ? left.shift()! : left[0]!;
    answer(response, entry);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = { now: 1_000_000 };
  const cookies = createCookieJar();
  const api = createAccountApi({ origin, cookies, now: () => clock.now });
  const lines = () => asked.map(({ request }) => request);
  return { api, asked, lines, clock, cookies, stop: () => stop(server) };
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function codeOf(action: Promise<unknown>): Promise<string | undefined> {
  try {
    await action;
    return undefined;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.code;
  }
}

const REFRESH = 'POST /api/session/refresh';
const COUNT = 'GET /api/pre-keys';
const counts = json(200, { oneTime: 3, oneTimeKem: 1 });

async function held(api: AccountApi): Promise<void> {
  await api.resume();
}

test('bytes go and come as base64url, and the shape of an answer is checked', async () => {
  const salt = Buffer.alloc(16, 7).toString('base64url');
  const kdf = { algorithm: 'argon2id', memoryKiB: 65_536, passes: 3, lanes: 1, salt };
  const {
    api,
    asked,
    stop: end,
  } = await serving({
    'POST /api/signup/check': [json(200, { email: 'ada@example.org' })],
    'POST /api/prelogin': [json(200, { kdf }), json(200, { kdf: { ...kdf, passes: 65 } }), json(200, [])],
  });
  assert.equal(await api.checkLink({ token: new Uint8Array(32).fill(255) }), { email: 'ada@example.org' });
  assert.equal(asked[0]!.body, { token: `${'_'.repeat(42)}8` });
  assert.is(asked[0]!.headers['content-type'], 'application/json');
  assert.is(asked[0]!.headers.authorization, undefined);
  assert.equal([...(await api.prelogin({ login: 'ada' })).kdf.salt], Array(16).fill(7));
  assert.is(await codeOf(api.prelogin({ login: 'ada' })), 'service/unavailable');
  assert.is(await codeOf(api.prelogin({ login: 'ada' })), 'service/unavailable');
  await end();
});

test('E: the server’s code arrives as it was sent, with its pause', async () => {
  const { api, stop: end } = await serving({
    'POST /api/signup': [problem('request/too-fast', 4_000), problem('auth/email-taken')],
  });
  const error = await api.requestSignUp({ email: 'ada@example.org' }).catch((reason: unknown) => reason);
  assert.instance(error, ProtocolError);
  assert.is((error as ProtocolError).code, 'request/too-fast');
  assert.is((error as ProtocolError).retryAfterMs, 4_000);
  assert.is(await codeOf(api.requestSignUp({ email: 'ada@example.org' })), 'auth/email-taken');
  await end();
});

test('E: whatever is no answer of the service counts as unavailable', async () => {
  const bad: Answer[] = [
    (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>'),
    (response) => response.writeHead(200).end('{"accessToken":'),
    (response) => response.destroy(),
    (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{');
      setTimeout(() => response.destroy(), 5);
    },
    (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    json(400, { code: 'made/up', type: 'x', title: 'x', status: 400 }),
    json(200, { account: 'nobody', username: 'ada', email: 'x', accessToken: 'x', expiresIn: 1 }),
  ];
  const { api, stop: end } = await serving({ [REFRESH]: [...bad] });
  for (const _ of bad) assert.is(await codeOf(api.resume()), 'service/unavailable');
  assert.is(api.session, undefined);
  await end();
  assert.is(await codeOf(api.resume()), 'service/unavailable');
});

test('a request that is not answered in time counts as unavailable', async () => {
  const limits: number[] = [];
  const original = AbortSignal.timeout;
  AbortSignal.timeout = (ms) => {
    limits.push(ms);
    return original.call(AbortSignal, 20);
  };
  const { api, stop: end } = await serving({ [REFRESH]: [() => undefined] });
  assert.is(await codeOf(api.resume()), 'service/unavailable');
  AbortSignal.timeout = original;
  assert.equal(limits, [20_000]);
  await end();
});

test('a token is used until a minute before its end, then renewed first', async () => {
  const {
    api,
    asked,
    lines,
    clock,
    stop: end,
  } = await serving({
    [REFRESH]: [session('first', 600), session('second', 600)],
    [COUNT]: [counts],
  });
  await held(api);
  clock.now += 540_000;
  assert.equal(await api.preKeyCount(), { oneTime: 3, oneTimeKem: 1 });
  clock.now += 1;
  await api.preKeyCount();
  assert.equal(lines(), [REFRESH, COUNT, REFRESH, COUNT]);
  assert.equal(
    asked.map(({ headers }) => headers.authorization),
    [undefined, 'Bearer first', undefined, 'Bearer second'],
  );
  assert.is(await api.accessToken(), 'second');
  assert.is(api.session?.accessToken, 'second');
  await end();
});

test('all who need a token at once wait for one renewal', async () => {
  const { api, lines, stop: end } = await serving({ [REFRESH]: [session('one')], [COUNT]: [counts] });
  await Promise.all(Array.from({ length: 5 }, () => api.preKeyCount()));
  assert.is(lines().filter((line) => line === REFRESH).length, 1);
  assert.is(lines().length, 6);
  await end();
});

test('a failed renewal fails those who wait, and the next one tries anew', async () => {
  const {
    api,
    lines,
    stop: end,
  } = await serving({
    [REFRESH]: [problem('service/unavailable'), session('one')],
    [COUNT]: [counts],
  });
  const waiting = await Promise.all([codeOf(api.preKeyCount()), codeOf(api.preKeyCount())]);
  assert.equal(waiting, ['service/unavailable', 'service/unavailable']);
  await api.preKeyCount();
  assert.equal(lines(), [REFRESH, REFRESH, COUNT]);
  await end();
});

test('a session that is over surfaces as such and is forgotten', async () => {
  const {
    api,
    clock,
    stop: end,
  } = await serving({
    [REFRESH]: [session('one'), problem('auth/session-invalid')],
    [COUNT]: [problem('auth/session-invalid')],
  });
  await held(api);
  assert.is(await codeOf(api.preKeyCount()), 'auth/session-invalid');
  clock.now += 600_000;
  assert.is(await codeOf(api.accessToken()), 'auth/session-invalid');
  assert.is(api.session, undefined);
  await end();
});

test('a token that the server does not take any more is renewed once, not for ever', async () => {
  const {
    api,
    lines,
    stop: end,
  } = await serving({
    [REFRESH]: [session('one'), session('two')],
    [COUNT]: [problem('auth/token-invalid'), counts, problem('auth/token-invalid')],
  });
  await held(api);
  assert.equal(await api.preKeyCount(), { oneTime: 3, oneTimeKem: 1 });
  assert.equal(lines(), [REFRESH, COUNT, REFRESH, COUNT]);
  assert.is(await codeOf(api.preKeyCount()), 'auth/token-invalid');
  assert.equal(lines().slice(4), [COUNT, REFRESH, COUNT]);
  await end();
});

test('the refresh cookie is kept where no browser does, and ends with the session', async () => {
  const setting =
    (value: string, then: Answer): Answer =>
    (response, entry) => {
      response.setHeader('set-cookie', `refresh=${value}; Path=/api/session; HttpOnly`);
      then(response, entry);
    };
  const {
    api,
    asked,
    stop: end,
  } = await serving({
    [REFRESH]: [setting('1', session('one')), setting('2', session('two')), session('three')],
    [COUNT]: [counts],
    'POST /api/session/end': [setting('; Max-Age=0', (response) => response.writeHead(204).end())],
  });
  for (let times = 0; times < 3; times += 1) await api.resume();
  await api.preKeyCount();
  await api.endSession();
  assert.is(api.session, undefined);
  assert.equal(
    asked.map(({ headers }) => headers.cookie),
    [undefined, 'refresh=1', 'refresh=2', undefined, 'refresh=2'],
  );
  await codeOf(api.resume());
  assert.is(asked.at(-1)!.headers.cookie, undefined);
  await end();
});

test('a renewal that crosses a sign-out does not bring the session back', async () => {
  let release: () => void = () => undefined;
  const { api, stop: end } = await serving({
    [REFRESH]: [
      (response, entry) => {
        release = () => session('late')(response, entry);
      },
    ],
    'POST /api/session/end': [(response) => response.writeHead(204).end(() => release())],
  });
  const renewing = api.resume();
  await new Promise((resolve) => setTimeout(resolve, 30));
  await api.endSession();
  await renewing;
  assert.is(api.session, undefined);
  await end();
});

test('names in paths are encoded', async () => {
  const { api, lines, stop: end } = await serving({ [REFRESH]: [session('one')] });
  await held(api);
  await codeOf(api.person('../session/end?x=1'));
  await codeOf(api.takeBundle(randomId<DeviceId>()));
  assert.is(lines()[1], 'GET /api/people/..%2Fsession%2Fend%3Fx%3D1');
  await end();
});

test.run();
