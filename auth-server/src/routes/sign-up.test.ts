import { randomBytes } from 'node:crypto';
import { checkLinkResponse, sessionResponse } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LINK_MS } from '../accounts/sign-up-links.js';
import { newAccount, newDevice } from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';

const test = suite<{ server: RunningServer }>('sign-up');

test.before(async (context) => {
  context.server = await startServer();
});
test.after(({ server }) => server.close());

test('H1 U1 an address gets a link whose secret stands in the fragment only', async ({ server }) => {
  const answer = await server.client().post('/api/signup', { email: ' Ada@Example.org ' });
  assert.is(answer.status, 202);
  assert.is(answer.text, '');
  const [mail] = await server.mails();
  assert.is(mail?.to, 'ada@example.org');
  assert.is(mail?.template, 'sign-up');
  assert.match(mail!.link, /^http:\/\/localhost:8080\/welcome#[A-Za-z0-9_-]{43}$/);
});

test('H1 S2 the secret of a link is in no key and no record but the mail', async ({ server }) => {
  const token = Buffer.from(await server.linkFor('hash@example.org'));
  for (const { key, body } of await server.claims.list({ prefix: '' })) {
    if (key.startsWith('mail:')) continue;
    assert.not.ok(key.includes(token.toString('base64url')), key);
    assert.not.ok(Buffer.from(body).includes(token), key);
  }
});

test('H3 U1 a link makes an account, its first device and a session', async ({ server }) => {
  const token = await server.linkFor('bea@example.org');
  const client = server.client();
  const checked = await client.post('/api/signup/check', { token });
  assert.is(checked.status, 200);
  assert.is(checked.as(checkLinkResponse).email, 'bea@example.org');

  const body = newAccount(token, 'Bea');
  const answer = await client.post('/api/signup/complete', body);
  assert.is(answer.status, 201, answer.text);
  const session = answer.as(sessionResponse);
  assert.is(session.account, body.account);
  assert.is(session.username, 'bea');
  assert.is(session.email, 'bea@example.org');
  assert.is(session.device, body.device.id);
  assert.is(session.expiresIn, 600);
  const [cookie] = answer.headers.getSetCookie();
  assert.match(
    cookie!,
    /^sotto_refresh=[^;]+; Max-Age=5184000; Path=\/api\/session; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
  );

  client.accessToken = session.accessToken;
  assert.is((await client.get('/api/people/bea')).status, 200);
});

test('H2 H3 U1 unknown, used and expired links are told apart', async ({ server }) => {
  const client = server.client();
  const unknown = new Uint8Array(randomBytes(32));
  for (const path of ['/api/signup/check', '/api/signup/complete']) {
    const bodyOf = (token: Uint8Array, name: string) =>
      path.endsWith('check') ? { token } : newAccount(token, name);
    const refused = await client.post(path, bodyOf(unknown, 'nobody'));
    assert.is(refused.status, 403);
    assert.is(refused.code, 'auth/link-unknown');

    const used = await server.linkFor(`used${path.length}@example.org`);
    assert.is(
      (await client.post('/api/signup/complete', newAccount(used, `used${path.length}`))).status,
      201,
    );
    assert.is((await client.post(path, bodyOf(used, 'again'))).code, 'auth/link-used');

    const old = await server.linkFor('old@example.org');
    server.clock.now += LINK_MS + 1;
    assert.is((await client.post(path, bodyOf(old, 'old'))).code, 'auth/link-expired');
  }
});

test('U1 a link is good to its last millisecond', async ({ server }) => {
  const token = await server.linkFor('last@example.org');
  server.clock.now += LINK_MS;
  assert.is((await server.client().post('/api/signup/check', { token })).status, 200);
});

test('U1 a taken username leaves the link good', async ({ server }) => {
  const client = server.client();
  const first = await server.linkFor('first@example.org');
  assert.is((await client.post('/api/signup/complete', newAccount(first, 'wanted'))).status, 201);
  const second = await server.linkFor('second@example.org');
  const refused = await client.post('/api/signup/complete', newAccount(second, 'WANTED'));
  assert.is(refused.status, 409);
  assert.is(refused.code, 'auth/username-taken');
  assert.is((await client.post('/api/signup/complete', newAccount(second, 'other'))).status, 201);
});

test('U1 two links of one address make one account', async ({ server }) => {
  const client = server.client();
  const [one, two] = [await server.linkFor('twice@example.org'), await server.linkFor('twice@example.org')];
  assert.is((await client.post('/api/signup/complete', newAccount(one!, 'twice1'))).status, 201);
  const refused = await client.post('/api/signup/complete', newAccount(two!, 'twice2'));
  assert.is(refused.code, 'auth/email-taken');
  assert.is(
    (
      await client.begin(
        '/api/signup/complete',
        newAccount(await server.linkFor('twice3@example.org'), 'twice2'),
      )
    ).username,
    'twice2',
  );
});

test('U1 ten completions at once with one link make exactly one account', async ({ server }) => {
  const token = await server.linkFor('ten@example.org');
  const accountsBefore = (await server.claims.list({ prefix: 'account:' })).length;
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      server.client().post('/api/signup/complete', newAccount(token, `ten${index}`)),
    ),
  );
  const made = answers.filter(({ status }) => status === 201);
  assert.is(made.length, 1);
  for (const { status, code } of answers) if (status !== 201) assert.is(code, 'auth/link-used');
  assert.is((await server.claims.list({ prefix: 'account:' })).length, accountsBefore + 1);
});

test('U1 ten people at once asking for one username: exactly one has it, nine links stay good', async ({
  server,
}) => {
  const tokens: Uint8Array[] = [];
  for (let index = 0; index < 10; index += 1) tokens.push(await server.linkFor(`race${index}@example.org`));
  const answers = await Promise.all(
    tokens.map((token) => server.client().post('/api/signup/complete', newAccount(token, 'racer'))),
  );
  assert.is(answers.filter(({ status }) => status === 201).length, 1);
  for (const [index, { status, code }] of answers.entries()) {
    if (status === 201) continue;
    assert.is(code, 'auth/username-taken');
    const retried = await server
      .client()
      .post('/api/signup/complete', newAccount(tokens[index]!, `racer${index}`));
    assert.is(retried.status, 201, retried.text);
  }
});

test('U1 the same request again, after a lost answer, gets a session of the same account', async ({
  server,
}) => {
  const token = await server.linkFor('lost@example.org');
  const body = newAccount(token, 'lost');
  const [one, two] = [server.client(), server.client()];
  const first = await one.begin('/api/signup/complete', body);
  const second = await two.begin('/api/signup/complete', body);
  assert.is(second.account, first.account);
  assert.not.equal(one.cookie, two.cookie);
  const stranger = await server
    .client()
    .post('/api/signup/complete', { ...body, authKey: new Uint8Array(32) });
  assert.is(stranger.code, 'auth/link-used');
});

test('U1 the same request again while the first is under way gets a session of the same account, or is asked to wait', async ({
  server,
}) => {
  const body = newAccount(await server.linkFor('patience@example.org'), 'patience');
  const asked = Array.from({ length: 40 }, async (_, index) => {
    await new Promise((resolve) => setTimeout(resolve, index * 3));
    return server.client().post('/api/signup/complete', body);
  });
  const answers = await Promise.all(asked);
  const made = answers.filter(({ status }) => status === 201);
  assert.ok(made.length > 0);
  for (const answer of made) assert.is(answer.as(sessionResponse).account, body.account);
  const others = new Set(answers.filter(({ status }) => status !== 201).map(({ text }) => text));
  for (const text of others) assert.match(text, 'service/unavailable');
});

test('U1 ids of others make no account', async ({ server }) => {
  const client = server.client();
  const known = newAccount(await server.linkFor('known@example.org'), 'known');
  assert.is((await client.post('/api/signup/complete', known)).status, 201);

  const token = await server.linkFor('thief@example.org');
  const sameAccount = await client.post('/api/signup/complete', { ...known, token, username: 'thief' });
  assert.is(sameAccount.status, 400);
  assert.is(sameAccount.code, 'request/invalid');

  const own = newAccount(token, 'thief');
  const device = { ...newDevice(), id: known.device.id, identityKey: own.device.identityKey };
  const sameDevice = await client.post('/api/signup/complete', { ...own, device });
  assert.is(sameDevice.code, 'request/invalid');

  assert.is((await client.post('/api/signup/complete', newAccount(token, 'thief'))).status, 201);
});

test('K1 a first device list must be of this account, this device and nothing else', async ({ server }) => {
  const token = await server.linkFor('list@example.org');
  const good = newAccount(token, 'lister');
  const other = newAccount(token, 'other');
  const wrong = [
    { ...good, deviceList: other.deviceList },
    { ...good, device: other.device },
    { ...good, device: { ...good.device, identityKey: other.device.identityKey } },
    { ...good, deviceList: good.deviceList.slice(0, -1) },
    { ...good, deviceList: new Uint8Array(0) },
  ];
  for (const body of wrong) {
    const answer = await server.client().post('/api/signup/complete', body);
    assert.is(answer.code, 'request/invalid', answer.text);
  }
  assert.is((await server.client().post('/api/signup/complete', good)).status, 201);
});

test('H S2 malformed bodies are refused without a word of what they held', async ({ server }) => {
  const client = server.client();
  for (const path of [
    '/api/signup',
    '/api/signup/check',
    '/api/signup/complete',
    '/api/prelogin',
    '/api/login',
  ]) {
    for (const body of [undefined, {}, [], 'text', { email: 'secret-not-an-address' }, { token: 'secret' }]) {
      const answer = await client.post(path, body);
      assert.is(answer.status, 400, `${path} ${JSON.stringify(body)} ${answer.text}`);
      assert.is(answer.code, 'request/invalid');
      assert.not.ok(answer.text.includes('secret'));
    }
  }
});

test('H S2 bodies that are too large or no JSON are refused', async ({ server }) => {
  const post = (body: string) =>
    fetch(`${server.url}/api/login`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
  assert.is((await post(`"${'x'.repeat(262_145)}"`)).status, 413);
  assert.is((await post('{"login":')).status, 400);
  assert.is((await post('{"login":"a","login2":1}')).status, 400);
});

test('H1 U1 asking for a link does the same reads and writes whether the address is known or not', async ({
  server,
}) => {
  const client = server.client();
  assert.is(
    (await client.post('/api/signup/complete', newAccount(await server.linkFor('here@example.org'), 'here')))
      .status,
    201,
  );
  const workFor = async (email: string) => {
    server.clock.now += 1;
    server.claims.reads = [];
    const writesBefore = server.claims.writes;
    const answer = await client.post('/api/signup', { email });
    return {
      status: answer.status,
      text: answer.text,
      reads: server.claims.reads,
      writes: server.claims.writes - writesBefore,
    };
  };
  assert.equal(await workFor('here@example.org'), await workFor('elsewhere@example.org'));
  const [known, unknown] = (await server.mails()).slice(-2);
  assert.is(known?.template, 'already-registered');
  assert.is(known?.link, 'http://localhost:8080/');
  assert.is(unknown?.template, 'sign-up');
});

test.run();
