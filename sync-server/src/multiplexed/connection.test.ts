import type { DeviceFrame } from '@sotto/protocol';
import { encodeDeviceFrame, packFrames, randomId, WIRE_VERSION } from '@sotto/protocol';
import { sessionEndedKey } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FIRST_LEASE } from '../testing/device.js';
import type { Person } from '../testing/server.js';
import { accessToken, messages, person, TestServer } from '../testing/server.js';

const test = suite<{ server: TestServer; ann: Person }>('connection');

test.before.each(async (context) => {
  context.server = await TestServer.start();
  context.ann = person();
});
test.after.each(async ({ server }) => {
  await server.stop();
});

test('[W2] hello is welcomed with the conversations of the account and their counters', async ({
  server,
  ann,
}) => {
  const one = await server.device(ann);
  const ben = person();
  const first = await server.conversation(one, ben);
  const second = await server.conversation(one);
  await server.advance(one, second, 1, [ann, ben]);
  const again = await server.connect();
  const before = Date.now();
  again.hello(await accessToken(ann));
  const welcome = await again.next('welcome');
  assert.is(welcome.version, WIRE_VERSION);
  assert.ok(welcome.time >= before);
  assert.equal(
    new Map(welcome.conversations.map(({ conversation, counter }) => [conversation, counter])),
    new Map([
      [first, 1],
      [second, 2],
    ]),
  );
  assert.is(server.sync.connections, 2);
});

test('[W2] frames behind hello wait for the welcome, in the same message or the next', async ({
  server,
  ann,
}) => {
  const device = await server.connect();
  const hello: DeviceFrame = {
    type: 'hello',
    version: WIRE_VERSION,
    token: await accessToken(ann),
    grants: [],
    lease: FIRST_LEASE,
    cursor: new Uint8Array(),
  };
  device.send(hello, { type: 'ping' });
  device.send({ type: 'grant' });
  await device.next('granted');
  assert.equal(
    device.frames.map(({ type }) => type),
    ['welcome', 'pong', 'granted'],
  );
});

test('[W14] sockets that say nothing are bounded in number: the oldest gives way', async () => {
  const server = await TestServer.start({ limits: { socketsBeforeHello: 3 } });
  const known = await server.device(person());
  const silent = [];
  for (let count = 0; count < 5; count += 1) silent.push(await server.connect());
  assert.is(await silent[0]!.closed(), 1013);
  assert.is(await silent[1]!.closed(), 1013);
  await known.settle();
  silent[4]!.hello(await accessToken(person()));
  await silent[4]!.next('welcome');
  await server.stop();
});

test('[W2] another version is fatal', async ({ server, ann }) => {
  const device = await server.connect();
  device.hello(await accessToken(ann), { version: WIRE_VERSION + 1 });
  const error = await device.next('error');
  assert.equal([error.code, error.retry], ['sync/version', 'never']);
  assert.is(await device.closed(), 4400);
});

test('[A1] tokens that do not verify, ran out, are for something else or have no device', async ({
  server,
  ann,
}) => {
  const cases = [
    ['', 'auth/token-invalid', 4401],
    ['a.b.c', 'auth/token-invalid', 4401],
    [await accessToken(ann, { forged: true }), 'auth/token-invalid', 4401],
    [await accessToken(ann, { expiresAt: Date.now() - 5_000 }), 'auth/token-invalid', 4401],
    [await accessToken(ann, { audience: 'sotto-document' }), 'auth/token-invalid', 4401],
    [await accessToken(ann, { algorithm: 'Ed25519' }), 'auth/token-invalid', 4401],
    [await accessToken({ ...ann, session: 'short' as Person['session'] }), 'auth/token-invalid', 4401],
    [await accessToken(ann, { device: false }), 'auth/forbidden', 4403],
  ] as const;
  for (const [token, code, close] of cases) {
    const device = await server.connect();
    device.hello(token);
    assert.is((await device.next('error')).code, code);
    assert.is(await device.closed(), close);
    assert.is(device.all('welcome').length, 0);
  }
  while (server.sync.connections > 0) await new Promise(setImmediate);
});

test('[A1] an unsigned token, and one signed by a secret instead of a key', async ({ server, ann }) => {
  const [, payload] = (await accessToken(ann)).split('.');
  for (const header of [{ alg: 'none' }, { alg: 'HS256' }]) {
    const device = await server.connect();
    device.hello(`${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.`);
    assert.is((await device.next('error')).code, 'auth/token-invalid');
  }
});

test('[S10] a session that ended is not welcomed', async ({ server, ann }) => {
  await server.stores.claims.own(sessionEndedKey(ann.session), new Uint8Array());
  const device = await server.connect();
  device.hello(await accessToken(ann));
  assert.is((await device.next('error')).code, 'auth/session-invalid');
  assert.is(await device.closed(), 4401);
});

test('[W1] [W3] what is malformed is fatal', async ({ server, ann }) => {
  const ping = encodeDeviceFrame({ type: 'ping' });
  const cases: (Uint8Array | string)[] = [
    'text',
    new Uint8Array(0),
    Uint8Array.of(0),
    Uint8Array.of(5, 9),
    packFrames([Uint8Array.of(11)]),
    packFrames([Uint8Array.from([...ping, 0])]),
    packFrames([
      encodeDeviceFrame({
        type: 'hello',
        version: 1,
        token: '',
        grants: [],
        lease: FIRST_LEASE,
        cursor: new Uint8Array(),
      }),
    ]),
    packFrames([
      encodeDeviceFrame({
        type: 'sync',
        document: messages(randomId()),
        message: { step: 'update', payload: Uint8Array.of(0, 0) },
      }),
    ]),
  ];
  for (const message of cases) {
    const device = await server.device(ann);
    device.raw(message);
    assert.is((await device.next('error')).code, 'sync/malformed');
    assert.is(await device.closed(), 4400);
  }
});

test('[W2] anything before hello is fatal', async ({ server }) => {
  const device = await server.connect();
  device.send({ type: 'ping' });
  assert.is((await device.next('error')).code, 'sync/malformed');
  assert.is(await device.closed(), 4400);
});

test('[L] a message over the limit closes 1009', async ({ server, ann }) => {
  const device = await server.device(ann);
  device.raw(new Uint8Array(1_048_577));
  assert.is(await device.closed(), 1009);
});

test('[G1] [G2] grants hold on every server with the key, for their device alone', async ({
  server,
  ann,
}) => {
  const first = await server.device(ann);
  const { grant } = await (async () => {
    first.send({ type: 'grant' });
    return first.next('granted');
  })();
  assert.not.equal(grant.client, first.client);
  const ben = person();
  const other = await TestServer.start();
  const device = await other.connect();
  device.who = ann;
  device.client = grant.client;
  device.hello(await accessToken(ann), { grants: [grant] });
  await device.next('welcome');
  const document = messages(await other.conversation(device, ben));
  device.append(1, document, device.updateAt(document, 0, 1));
  assert.is((await device.next('ack')).next, 1);

  const thief = await other.connect();
  const forged = { client: 77, mac: new Uint8Array(16) };
  thief.hello(await accessToken(ben), { grants: [grant, forged] });
  for (const { client } of [grant, forged]) {
    const error = await thief.next('error');
    assert.equal([error.code, error.subject], ['sync/client-id', String(client)]);
  }
  thief.who = ben;
  thief.client = grant.client;
  thief.append(1, document, thief.updateAt(document, 0, 1));
  assert.is((await thief.next('error')).code, 'sync/client-id');
  await other.stop();
});

test('[G2] 64 grants a connection', async ({ server, ann }) => {
  const device = await server.device(ann);
  for (let count = 1; count < 64; count += 1) device.send({ type: 'grant' });
  device.send({ type: 'grant' });
  assert.is((await device.next('error')).code, 'sync/too-many-open');
  const clients = device.all('granted').map(({ grant }) => grant.client);
  assert.is(new Set(clients).size, 64);
  assert.ok(
    clients.some((client) => client > 2 ** 40),
    'ids use all their bits',
  );
});

test('[L] 4,096 subscriptions a connection', async ({ server, ann }) => {
  const device = await server.device(ann);
  const logs = (count: number) => Array.from({ length: count }, () => `m.${randomId()}` as never);
  device.send({ type: 'subscribe', logs: [...logs(4_096)] }, { type: 'subscribe', logs: logs(1) });
  await device.until(
    () => device.all('error').find(({ code }) => code === 'sync/too-many-open'),
    'sync/too-many-open',
  );
});

test('[W8] pings are answered; silence closes', async () => {
  let now = Date.now();
  const server = await TestServer.start({ now: () => now });
  const device = await server.device(person());
  for (let count = 0; count < 5; count += 1) {
    now += 70_000;
    await device.settle();
  }
  now += 75_001;
  assert.is(await device.closed(), 4408);
  const quiet = await server.connect();
  now += 10_001;
  assert.is(await quiet.closed(), 4408);
  await server.stop();
});

test('[W9] a connection ends with its token, unless a newer one of the same session came', async () => {
  let now = Date.now();
  const server = await TestServer.start({ now: () => now, limits: { silenceMs: 1e12 } });
  const ann = person();
  const [first, second] = [await server.device(ann), await server.device(ann)];
  const token = await accessToken(ann, { expiresAt: now + 3_600_000 });
  second.send({ type: 'token', token });
  await second.settle();
  for (const other of ['account', 'session', 'device'] as const) {
    const device = await server.device(ann);
    const token = await accessToken({ ...ann, [other]: randomId() }, { expiresAt: now + 3_600_000 });
    device.send({ type: 'token', token });
    assert.is((await device.next('error')).code, 'auth/token-invalid', other);
    assert.is(await device.closed(), 4401);
  }
  now += 601_000;
  const error = await first.next('error');
  assert.equal([error.code, error.retry], ['auth/token-invalid', 'sign-in']);
  assert.is(await first.closed(), 4401);
  await second.settle();
  now += 3_600_000;
  assert.is(await second.closed(), 4401);
  await server.stop();
});

test('[S12] draining: what was taken is acknowledged, a notice says when to come back, 1012', async () => {
  const waiting: (() => void)[] = [];
  let hold = false;
  const server = await TestServer.start({
    wrapLog: (log) => ({
      append: async (records) => {
        if (hold) await new Promise<void>((resolve) => waiting.push(resolve));
        return log.append(records);
      },
      read: (document, have) => log.read(document, have),
      stateVector: (document) => log.stateVector(document),
      head: (name) => log.head(name),
      erase: (name) => log.erase(name),
      tail: (listener) => log.tail(listener),
      close: () => log.close(),
    }),
  });
  const device = await server.device(person());
  const idle = await server.connect();
  const document = messages(await server.conversation(device));
  hold = true;
  device.append(1, document, device.updateAt(document, 0, 1));
  while (waiting.length === 0) await device.settle();
  const drained = server.sync.drain(4_000);
  const { notice } = await device.next('notice');
  // The first notice is of the conversation's own making.
  const drain = notice.kind === 'drain' ? notice : (await device.next('notice')).notice;
  assert.is(drain.kind, 'drain');
  if (drain.kind === 'drain') assert.ok(drain.returnMs >= 2_000 && drain.returnMs <= 6_000);
  assert.is(await idle.closed(), 1012);
  assert.is(device.closeCode, undefined);
  waiting.shift()!();
  assert.is((await device.next('ack')).next, 1);
  assert.is(await device.closed(), 1012);
  await drained;
  let refused = '';
  await server.connect().catch((error: Error) => {
    refused = error.message;
  });
  assert.match(refused, '503');
  await server.stop();
});

test('[S13] what a reader does not take stays in the store, and comes from there in order once it reads again', async () => {
  const server = await TestServer.start({
    limits: { lowWaterBytes: 100_000, highWaterBytes: 400_000, appendBurst: 1_000_000 },
  });
  const [ann, ben] = [person(), person()];
  const one = await server.device(ann);
  const two = await server.device(ben);
  const conversation = await server.conversation(one, ben);
  const document = messages(conversation);
  two.send({ type: 'subscribe', logs: [`m.${conversation}` as never] });
  await two.next('head');
  two.pause();
  // The kernel's own buffers take some megabytes; what is kept beyond them is far below what is written.
  for (let batch = 1; batch <= 90; batch += 1) {
    one.append(batch, document, one.envelopes(document, 3, 60_000).update);
    await one.next('ack');
  }
  assert.is(server.sync.connections, 2, 'it keeps its socket');
  two.resume();
  await two.until(() => (two.received(document).length >= 270 ? true : undefined), 'everything');
  one.append(91, document, one.envelopes(document, 1).update);
  await two.until(() => (two.received(document).length >= 271 ? true : undefined), 'what is written now');
  const expected = Array.from({ length: 271 }, (_, clock) => `${one.client}:${clock}`);
  assert.equal(two.received(document), expected, 'each once, in order');
  await server.stop();
});

test('an upgrade to anything else is refused', async ({ server }) => {
  const { TestDevice } = await import('../testing/device.js');
  for (const path of ['/', '/x', '/sync/', '/sync/nonsense', '/syncx', '/sync//']) {
    const url = server.url.replace('/sync', path);
    let refused = '';
    await TestDevice.open(url).catch((error: Error) => {
      refused = error.message;
    });
    assert.match(refused, '404', path);
  }
});

test('[W14] beyond 8 sockets of a device its oldest gives way; other devices keep theirs', async ({
  server,
  ann,
}) => {
  const sister = await server.device(person(ann.account));
  const sockets = [];
  for (let count = 0; count < 8; count += 1) sockets.push(await server.device(ann));
  for (const socket of sockets) await socket.settle();
  // One that is not let in costs nobody a socket.
  const forged = await server.connect();
  forged.hello(await accessToken(ann, { forged: true }));
  await forged.closed();
  const newest = await server.device(ann);
  assert.is(await sockets[0]!.closed(), 1013);
  for (const socket of [sister, newest, ...sockets.slice(1)]) await socket.settle();
  assert.is(sockets.filter(({ closeCode }) => closeCode !== undefined).length, 1);
});

test('[W14] beyond its number of sockets the oldest of an account gives way, of whichever device', async ({
  ann,
}) => {
  const server = await TestServer.start({ limits: { socketsPerAccount: 3 } });
  const sockets = [];
  for (let count = 0; count < 5; count += 1) sockets.push(await server.device(person(ann.account)));
  const stranger = await server.device(person());
  assert.equal([await sockets[0]!.closed(), await sockets[1]!.closed()], [1013, 1013]);
  for (const socket of [...sockets.slice(2), stranger]) await socket.settle();
  await server.stop();
});

test.run();
