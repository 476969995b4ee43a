import { request as httpRequest } from 'node:http';
import { fields, fromProblem, LIMITS, ProtocolError, schemas } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import { route } from './route.js';
import type { ServedApp } from './testing/served-app.js';
import { postJson, serveApp } from './testing/served-app.js';

const SECRET = 'correct-horse-battery-staple';
const test = suite<{ app: ServedApp; url: (path: string) => string }>('HTTP application');

test.before.each(async (context) => {
  context.app = await serveApp((app) => {
    const body = v.strictObject({ name: v.string(), key: v.optional(fields.token) });
    route(app, 'post', '/things', { body, status: 201 }, ({ body: { name, key } }) => ({
      name,
      keys: [{ key }],
    }));
    route(app, 'post', '/quiet', {}, () => undefined);
    route(app, 'post', '/accepted', { status: 202 }, async () => {});
    route(
      app,
      'get',
      '/accounts/:account',
      { params: v.object({ account: schemas.accountId }) },
      ({ params }) => params,
    );
    const authenticate = async (request: { get(name: string): string | undefined }) => {
      if (request.get('authorization') !== `Bearer ${SECRET}`) throw new ProtocolError('auth/token-invalid');
      return { account: 'ada' };
    };
    route(app, 'get', '/mine', { authenticate }, ({ caller }) => ({ mine: caller.account }));
    route(app, 'post', '/mine', { authenticate, body }, ({ caller }) => caller);
    route(app, 'get', '/cookie', {}, ({ response }) => {
      response.cookie('session', SECRET, { httpOnly: true });
      return {};
    });
    route(app, 'get', '/busy', {}, () => {
      throw new ProtocolError('request/too-fast', { retryAfterMs: 1_201 });
    });
    route(app, 'get', '/down', {}, () => {
      throw new ProtocolError('sync/store-unavailable', { cause: new Error('disk on fire') });
    });
    route(app, 'get', '/defect', {}, async () => {
      throw Object.assign(new Error('a defect', { cause: new TypeError('deeper') }), { body: SECRET });
    });
  });
  context.url = (path) => context.app.origin + path;
});
test.after.each(({ app }) => app.close());

async function assertProblem(response: Response, code: string, status: number): Promise<void> {
  assert.is(response.status, status);
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const body = (await response.json()) as Record<string, unknown>;
  assert.is(body.type, `urn:sotto:error:${code}`);
  assert.is(body.status, status);
  assert.is(fromProblem(body).code, code);
}

test('H a body of the right shape reaches the handler, and bytes come back as base64url', async ({ url }) => {
  const response = await postJson(url('/things'), { name: 'é', key: 'A'.repeat(43) });
  assert.is(response.status, 201);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(await response.json(), { name: 'é', keys: [{ key: 'A'.repeat(43) }] });
});

test('H a handler that answers nothing answers 204, or the status of its route', async ({ url }) => {
  assert.is((await fetch(url('/quiet'), { method: 'POST' })).status, 204);
  assert.is((await fetch(url('/accepted'), { method: 'POST' })).status, 202);
});

test('E request/invalid for a body of another shape, form or type', async ({ url }) => {
  const bad = [
    postJson(url('/things'), { name: 1 }),
    postJson(url('/things'), { name: 'a', more: 1 }),
    postJson(url('/things'), { name: 'a', key: 'too short' }),
    postJson(url('/things'), '{"name": "a"'),
    postJson(url('/things'), '"a"'),
    postJson(url('/things'), ''),
    postJson(url('/things'), { name: 'a' }, { 'content-type': 'text/plain' }),
    postJson(url('/things'), { name: 'a' }, { 'content-type': 'application/problem+json' }),
    postJson(url('/things'), 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }),
    postJson(url('/things'), { name: 'a' }, { 'content-type': 'application/json; charset=utf-16' }),
    postJson(url('/things'), { name: 'a' }, { 'content-encoding': 'gzip' }),
    fetch(url('/accounts/short')),
  ];
  for (const response of await Promise.all(bad)) await assertProblem(response, 'request/invalid', 400);
});

test('L request/too-large above the limit, and not at it', async ({ url }) => {
  const frame = JSON.stringify({ name: '' }).length;
  const exact = { name: 'x'.repeat(LIMITS.requestBytes - frame) };
  assert.is((await postJson(url('/things'), exact)).status, 201);
  await assertProblem(await postJson(url('/things'), { name: `${exact.name}x` }), 'request/too-large', 413);
});

test('E auth/not-found for what nobody answers', async ({ url }) => {
  await assertProblem(await fetch(url('/nowhere')), 'auth/not-found', 404);
  await assertProblem(await fetch(url('/things')), 'auth/not-found', 404);
  await assertProblem(await fetch(url('/%E0%A4%A')), 'auth/not-found', 404);
});

test('H path parameters are parsed', async ({ url }) => {
  const account = 'AAAAAAAAAAAAAAAAAAAAAA';
  assert.equal(await (await fetch(url(`/accounts/${account}`))).json(), { account });
});

test('H whoever may not ask is refused before the body is looked at', async ({ url }) => {
  await assertProblem(await fetch(url('/mine')), 'auth/token-invalid', 401);
  await assertProblem(await postJson(url('/mine'), { wrong: true }), 'auth/token-invalid', 401);
  const authorization = `Bearer ${SECRET}`;
  const response = await fetch(url('/mine'), { headers: { authorization } });
  assert.equal(await response.json(), { mine: 'ada' });
  await assertProblem(
    await postJson(url('/mine'), { wrong: true }, { authorization }),
    'request/invalid',
    400,
  );
});

test('E Retry-After is in whole seconds, rounded up', async ({ url }) => {
  const response = await fetch(url('/busy'));
  assert.is(response.headers.get('retry-after'), '2');
  assert.is(fromProblem(await response.json()).retryAfterMs, 1_201);
});

test('S7 what nobody foresaw is logged with its stack, and the client learns nothing', async ({
  app,
  url,
}) => {
  const response = await fetch(url('/defect'));
  const text = await response.clone().text();
  await assertProblem(response, 'service/unavailable', 503);
  assert.not.match(text, 'defect');
  const failure = app.log.lines().find(({ msg }) => msg === 'request failed');
  const err = failure?.err as { message: string; stack: string; cause: { message: string } };
  assert.is(err.message, 'a defect');
  assert.match(err.stack, 'http-app.test');
  assert.is(err.cause.message, 'deeper');
  assert.is(failure?.requestId, response.headers.get('x-request-id'));
  assert.not.match(app.log.text(), SECRET);
});

test('S9 an outage is logged with its cause', async ({ app, url }) => {
  await assertProblem(await fetch(url('/down')), 'sync/store-unavailable', 503);
  assert.match(app.log.text(), 'disk on fire');
});

test('S7 one line a request: the pattern of its route and nothing that came with it', async ({
  app,
  url,
}) => {
  const account = 'AAAAAAAAAAAAAAAAAAAAAA';
  const response = await fetch(url(`/accounts/${account}?token=${SECRET}`), {
    headers: { authorization: `Bearer ${SECRET}`, cookie: `session=${SECRET}` },
  });
  assert.is(response.status, 200);
  const line = await app.requestLine();
  assert.is(line.method, 'GET');
  assert.is(line.route, '/accounts/:account');
  assert.is(line.status, 200);
  assert.type(line.durationMs, 'number');
  assert.is(line.requestId, response.headers.get('x-request-id'));
  assert.is(app.log.lines().length, 1);
  for (const hidden of [SECRET, account]) assert.not.match(app.log.text(), hidden);
});

test('S7 bodies, cookies and bad input never reach a line', async ({ app, url }) => {
  await postJson(url('/things'), { name: SECRET });
  await postJson(url('/things'), `{"password": "${SECRET}"`);
  await postJson(url('/things'), { name: SECRET.repeat(20_000) });
  await fetch(url('/cookie'));
  await fetch(url(`/${SECRET}`));
  while (app.log.lines().length < 5) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(
    app.log.lines().map(({ status, error }) => [status, error]),
    [
      [201, undefined],
      [400, 'request/invalid'],
      [413, 'request/too-large'],
      [200, undefined],
      [404, 'auth/not-found'],
    ],
  );
  assert.not.match(app.log.text(), SECRET);
});

test('S7 a request that the client gives up is logged as such', async ({ app, url }) => {
  const sending = httpRequest(url('/things'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': 100 },
  });
  sending.on('error', () => undefined);
  sending.write('{"name":');
  await new Promise((resolve) => app.running.server.once('request', resolve));
  sending.destroy();
  assert.is((await app.requestLine()).aborted, true);
});

test('S7 the request id of the gateway is kept, unless it is none', async ({ url }) => {
  const idFor = async (id: string) =>
    (await fetch(url('/mine'), { headers: { 'x-request-id': id } })).headers.get('x-request-id');
  assert.is(await idFor('0123456789abcdef'), '0123456789abcdef');
  assert.not.equal(await idFor('short'), 'short');
  assert.not.equal(await idFor('quoted"and spaced'), 'quoted"and spaced');
});

test('S2 headers let nothing be framed, sniffed, cached or referred to', async ({ url }) => {
  for (const path of ['/healthz', '/mine', '/nowhere']) {
    const { headers } = await fetch(url(path));
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, "default-src 'none'");
    assert.match(policy, "frame-ancestors 'none'");
    assert.is(headers.get('x-content-type-options'), 'nosniff');
    assert.is(headers.get('referrer-policy'), 'no-referrer');
    assert.is(headers.get('x-frame-options'), 'DENY');
    assert.is(headers.get('cache-control'), 'no-store');
    assert.is(headers.get('x-powered-by'), null);
    assert.is(headers.get('strict-transport-security'), null);
  }
});

test('S2 HSTS is sent where people come over TLS', async () => {
  const app = await serveApp(() => undefined, { secure: true });
  const { headers } = await fetch(`${app.origin}/healthz`);
  assert.match(headers.get('strict-transport-security') ?? '', /^max-age=\d{8}; includeSubDomains$/);
  await app.close();
});

test('S2 a change that another site asks for is refused', async ({ app, url }) => {
  const from = (headers: Record<string, string>) => postJson(url('/things'), { name: 'a' }, headers);
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: `http://127.0.0.1:${app.running.port + 1}` },
    { origin: 'nonsense' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { origin: app.origin, 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
  ])
    await assertProblem(await from(headers), 'auth/forbidden', 403);
  for (const headers of [{}, { origin: app.origin }, { origin: app.origin, 'sec-fetch-site': 'same-origin' }])
    assert.is((await from(headers)).status, 201, JSON.stringify(headers));
  const reading = await fetch(url('/cookie'), { headers: { 'sec-fetch-site': 'cross-site' } });
  assert.is(reading.status, 200, 'reading changes nothing');
});

test('S2 the public origin counts where it is given', async () => {
  const app = await serveApp((express) => route(express, 'post', '/x', {}, () => ({})), {
    origin: 'https://chat.example',
  });
  const from = async (origin: string) => (await postJson(`${app.origin}/x`, {}, { origin })).status;
  assert.is(await from('https://chat.example'), 200);
  assert.is(await from('http://chat.example'), 403);
  assert.is(await from(app.origin), 403);
  await app.close();
});

test.run();
