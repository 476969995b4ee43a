import type { AccountId, ConversationId, DeviceId, DocumentName, ServerFrame } from '@sotto/protocol';
import {
  decodeStateVector,
  documentName,
  EMPTY_UPDATE,
  ERROR_CODES,
  type ErrorCode,
  encodeStateVector,
  logName,
  ProtocolError,
  packFrames,
  randomId,
  WIRE_VERSION,
} from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Connection } from './connection.js';
import { connected, optionsFor } from './testing/connected.js';
import { recordingEvents } from './testing/recording-events.js';
import { SyncPeer } from './testing/sync-peer.js';

const test = suite('connection');
const conversation = randomId<ConversationId>();
const log = logName('m', conversation);
const document = documentName(log, 0);
const update = Uint8Array.of(1, 2, 3);
const device = randomId<DeviceId>();
let peer: SyncPeer;
test.before.each(async () => {
  peer = await SyncPeer.listen();
});
test.after.each(() => peer.close());

const ack = (batch: number, next: number, of: DocumentName = document): ServerFrame => ({
  type: 'ack',
  batch,
  document: of,
  client: 5,
  next,
});

function refusal(code: ErrorCode, batch = 0, subject = '', retryAfterMs = 0): ServerFrame {
  return { type: 'error', code, retry: ERROR_CODES[code].retry, retryAfterMs, batch, subject };
}

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'no error',
    (error) => error.code ?? error,
  );
}

test('W2: hello comes first and alone, with version, token and grants; a welcome makes it online', async () => {
  const events = recordingEvents();
  const grants = [{ client: 2 ** 53 - 1, mac: new Uint8Array(16).fill(3) }];
  const connection = new Connection(optionsFor(peer, { grants: () => grants }), events);
  connection.subscribe([log]);
  connection.connect();
  assert.is(connection.state, 'connecting');
  const socket = await peer.accept();
  const hello = await socket.take('hello');
  assert.equal(hello, {
    type: 'hello',
    version: WIRE_VERSION,
    token: 'token',
    grants,
    lease: { number: 1, nonce: new Uint8Array(16) },
    cursor: new Uint8Array(),
  });
  assert.is(socket.messages.length, 1);
  assert.is(await codeOf(connection.append(document, 1, update)), 'service/unavailable');
  assert.is(await codeOf(connection.grant()), 'service/unavailable');
  socket.send({ type: 'welcome', version: 1, time: 1, conversations: [{ conversation, counter: 7 }] });
  await events.until('welcome', 1);
  assert.equal(events.told.welcome, [[[{ conversation, counter: 7 }]]]);
  assert.equal(events.told.state, [
    ['connecting', null],
    ['online', null],
  ]);
  assert.is(connection.state, 'online');
  assert.is(socket.messages.length, 1, 'nothing that was asked for before');
  connection.close();
});

test('W2: one socket is opened, however often it is asked for', async () => {
  let open = (_: string) => {};
  const token = new Promise<string>((resolve) => {
    open = resolve;
  });
  const connection = new Connection(optionsFor(peer, { accessToken: () => token }), recordingEvents());
  connection.connect();
  connection.connect();
  open('token');
  await new Promise((resolve) => setTimeout(resolve, 0));
  connection.connect();
  const socket = await peer.accept();
  connection.connect();
  await socket.welcome();
  connection.connect();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.is(peer.waiting, 0);
  connection.close();
});

test('W6: each answer settles its own batch, in whatever order they come', async () => {
  const { connection, socket } = await connected(peer);
  const first = connection.append(document, 3, update);
  const second = connection.append(documentName(log, 1), 3, update);
  const third = connection.append(document, 4, update);
  const refused = codeOf(third);
  const sent = [await socket.take('append'), await socket.take('append'), await socket.take('append')];
  assert.equal(
    sent.map(({ batch, counter, document: of }) => [batch, counter, of]),
    [
      [1, 3, `${log}.0`],
      [2, 3, `${log}.1`],
      [3, 4, `${log}.0`],
    ],
  );
  assert.equal(sent[0]!.update, update);
  socket.send(ack(2, 22), refusal('sync/stale', 3, document), ack(1, 11));
  assert.equal(await Promise.all([first, second, refused]), [11, 22, 'sync/stale']);
  connection.close();
});

test('S2: a prefix that was taken is the answer; the error behind it says no more about that batch', async () => {
  const { connection, socket, events } = await connected(peer);
  const appended = connection.append(document, 1, update);
  const { batch } = await socket.take('append');
  socket.send(ack(batch, 2), refusal('sync/gap', batch, document), { type: 'pong' });
  assert.is(await appended, 2);
  assert.equal(events.told.refused, []);
  assert.is(connection.state, 'online');
  connection.close();
});

test('S11: how long to wait comes with the refusal', async () => {
  const { connection, socket } = await connected(peer);
  const appended = connection.append(document, 1, update).catch((error) => error);
  await socket.take('append');
  socket.send(refusal('sync/too-fast', 1, document, 1_234));
  const error = await appended;
  assert.instance(error, ProtocolError);
  assert.equal([error.code, error.retryAfterMs, error.retry], ['sync/too-fast', 1_234, 'later']);
  connection.close();
});

test('E: whatever time a server names, nothing waits longer than five minutes', async () => {
  const { connection, socket } = await connected(peer);
  const appended = connection.append(document, 1, update).catch((error) => error);
  await socket.take('append');
  socket.send(refusal('sync/too-fast', 1, document, 9_000_000));
  assert.is((await appended).retryAfterMs, 300_000);
  connection.close();
});

test('W7: an advance is answered by the new counter', async () => {
  const { connection, socket } = await connected(peer);
  const change = {
    kind: 'direct' as const,
    members: [{ account: randomId<AccountId>(), role: 'admin' as const }],
  };
  const state = documentName(logName('s', conversation), 0);
  const advanced = connection.advance({ conversation, counter: 0, change, document: state, update });
  const { type, batch, ...sent } = await socket.take('advance');
  assert.equal(sent, { conversation, counter: 0, change, document: state, update });
  socket.send({ type: 'advanced', batch, conversation, counter: 1 });
  assert.is(await advanced, 1);
  connection.close();
});

test('E: an answer to a batch that nobody waits for changes nothing', async () => {
  const { connection, socket, events } = await connected(peer);
  socket.send(ack(40, 2), refusal('sync/stale', 41), {
    type: 'advanced',
    batch: 42,
    conversation,
    counter: 1,
  });
  socket.send({ type: 'head', log, segment: 0, count: 1 });
  await events.until('head', 1);
  assert.is(connection.state, 'online');
  assert.equal(events.told.refused, []);
  connection.close();
});

test('S8: an error about a log is told, and everything else goes on', async () => {
  const { connection, socket, events } = await connected(peer);
  const granting = connection.grant();
  socket.send(refusal('sync/not-a-member', 0, log));
  await events.until('refused', 1);
  const [[error, subject]] = events.told.refused as [[ProtocolError, string]];
  assert.equal([error.code, subject], ['sync/not-a-member', log]);
  const grant = { client: 9, mac: new Uint8Array(16) };
  socket.send({ type: 'granted', grant });
  assert.equal(await granting, grant, 'the request for a client id still waited');
  connection.close();
});

test('G2: grants are given out in the order they were asked for', async () => {
  const { connection, socket } = await connected(peer);
  const both = Promise.all([connection.grant(), connection.grant()]);
  await socket.take('grant');
  await socket.take('grant');
  for (const client of [8, 9]) socket.send({ type: 'granted', grant: { client, mac: new Uint8Array(16) } });
  assert.equal(
    (await both).map(({ client }) => client),
    [8, 9],
  );
  connection.close();
});

test('G2: a connection that gets no more client ids is left for a new one', async () => {
  const { connection, socket, events } = await connected(peer);
  const granting = codeOf(connection.grant());
  await socket.take('grant');
  socket.send(refusal('sync/too-many-open'));
  assert.is(await granting, 'service/unavailable');
  assert.is(await socket.closed, 4004);
  await (await peer.accept()).welcome();
  await events.until('welcome', 2);
  connection.close();
});

test('W5: what comes is told as it is: heads, updates, answers, notices; a state vector asks for nothing', async () => {
  const { connection, socket, events } = await connected(peer);
  const sync = (step: 'update' | 'answer' | 'state-vector', payload: Uint8Array): ServerFrame => ({
    type: 'sync',
    document,
    message: { step, payload },
  });
  socket.send(
    { type: 'head', log, segment: 3, count: 4 },
    sync('update', update),
    sync('state-vector', encodeStateVector(new Map([[5, 1]]))),
    sync('answer', EMPTY_UPDATE),
    { type: 'awareness', log, payload: Uint8Array.of(1) },
    { type: 'notice', notice: { kind: 'access', conversation, counter: 2, member: true } },
  );
  await events.until('notice', 1);
  assert.equal(events.told.head, [[log, 3, 4]]);
  assert.equal(events.told.update, [
    [document, update, false],
    [document, EMPTY_UPDATE, true],
  ]);
  assert.equal(events.told.notice, [[{ kind: 'access', conversation, counter: 2, member: true }]]);
  connection.close();
});

test('W4 W5: subscriptions and questions reach the server; nothing to subscribe to is no frame', async () => {
  const { connection, socket } = await connected(peer);
  connection.subscribe([]);
  connection.unsubscribe([]);
  connection.subscribe([log]);
  connection.askFor(document, new Map([[9, 4]]));
  connection.unsubscribe([log]);
  const sync = await socket.take('sync');
  assert.equal(decodeStateVector(sync.message.payload), new Map([[9, 4]]));
  assert.is(sync.message.step, 'state-vector');
  assert.equal(
    socket.messages.at(-1)!.map((frame) => frame.type),
    ['subscribe', 'sync', 'unsubscribe'],
  );
  connection.close();
});

test('W12: a connection that is lost rejects what waits, and comes back by itself', async () => {
  const { connection, socket, events } = await connected(peer);
  const waiting = [
    codeOf(connection.append(document, 1, update)),
    codeOf(connection.append(document, 1, update)),
    codeOf(connection.grant()),
  ];
  await socket.take('grant');
  socket.cut();
  assert.equal(await Promise.all(waiting), Array(3).fill('service/unavailable'));
  assert.is(connection.state, 'offline');
  const second = await peer.accept();
  await second.welcome();
  await events.until('welcome', 2);
  const appended = connection.append(document, 1, update);
  const { batch } = await second.take('append');
  assert.is(batch, 3, 'batches are never numbered twice');
  second.send(ack(batch, 1));
  assert.is(await appended, 1);
  assert.equal(
    events.told.state.map(([state]) => state),
    ['connecting', 'online', 'offline', 'connecting', 'online'],
  );
  connection.close();
});

test('W12: attempts go on while the server is away, each after a longer wait; a welcome begins anew', async () => {
  const asked: number[] = [];
  const randomly = () => {
    asked.push(asked.length);
    // The shortest there is: it stands for the waits, which back-off tests by itself.
    return -0.98;
  };
  const { connection, socket, events } = await connected(peer, { random: randomly });
  socket.close(1013);
  for (let attempt = 0; attempt < 3; attempt += 1) (await peer.accept()).close(1011);
  await (await peer.accept()).welcome();
  await events.until('welcome', 2);
  assert.is(asked.length, 4, 'one wait a loss');
  connection.close();
});

test('S12: a server that drains says when to come back; who lost his socket otherwise is back before', async () => {
  const drained = await connected(peer, { accessToken: async () => 'drained' });
  const lost = await connected(peer, { accessToken: async () => 'lost' });
  drained.socket.send({ type: 'notice', notice: { kind: 'drain', returnMs: 700 } });
  await drained.events.until('notice', 1);
  drained.socket.close(1012);
  await drained.events.until('state', 3);
  lost.socket.close(1011);
  const order: string[] = [];
  for (let turn = 0; turn < 2; turn += 1) order.push((await (await peer.accept()).welcome()).token);
  assert.equal(order, ['lost', 'drained']);
  drained.connection.close();
  lost.connection.close();
});

test('W12: asked to connect, it does not wait for its time', async () => {
  const { connection, socket, events } = await connected(peer, { random: () => 1_000 });
  socket.cut();
  await events.until('state', 3);
  connection.connect();
  await (await peer.accept()).welcome();
  await events.until('welcome', 2);
  connection.close();
});

for (const code of ['auth/token-invalid', 'auth/session-invalid'] as const)
  test(`W9 A1: after ${code} it returns with a renewed token`, async () => {
    const asked: boolean[] = [];
    const accessToken = async (renew: boolean) => {
      asked.push(renew);
      return renew ? 'newer' : 'old';
    };
    const { connection, socket, events } = await connected(peer, { accessToken });
    socket.send(refusal(code));
    assert.is(await socket.closed, 4003);
    const second = await peer.accept();
    assert.is((await second.welcome()).token, 'newer');
    await events.until('welcome', 2);
    assert.equal(asked, [false, true]);
    assert.equal(events.told.sessionEnded, []);
    assert.is(events.told.state[2]![1]!.code, code, 'why it was offline');
    second.cut();
    await (await peer.accept()).welcome();
    await events.until('welcome', 3);
    assert.equal(asked, [false, true, false], 'renewed once');
    connection.close();
  });

test('W9 S10: when there is no session any more, that is told once, and it does not come back', async () => {
  const asked: boolean[] = [];
  const accessToken = async (renew: boolean) => {
    asked.push(renew);
    if (renew) throw new ProtocolError('auth/session-invalid');
    return 'old';
  };
  const { connection, socket, events } = await connected(peer, { accessToken });
  const waiting = codeOf(connection.append(document, 1, update));
  socket.send(refusal('auth/session-invalid'));
  assert.is(await waiting, 'service/unavailable');
  await events.until('sessionEnded', 1);
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.equal([asked, peer.waiting, events.told.sessionEnded.length], [[false, true], 0, 1]);
  const [state, error] = events.told.state.at(-1)!;
  assert.equal([state, error!.code], ['offline', 'auth/session-invalid']);
});

test('W9: while the auth server is away, a refused token is asked for again, and no session ends', async () => {
  const asked: boolean[] = [];
  const accessToken = async (renew: boolean) => {
    asked.push(renew);
    if (asked.length === 2) throw new ProtocolError('service/unavailable');
    if (asked.length === 3) throw new TypeError('fetch failed');
    return `token ${asked.length}`;
  };
  const { connection, socket, events } = await connected(peer, { accessToken });
  socket.send(refusal('auth/token-invalid'));
  const second = await peer.accept();
  assert.is((await second.welcome()).token, 'token 4');
  assert.equal(asked, [false, true, true, true]);
  assert.equal(events.told.sessionEnded, []);
  connection.close();
});

test('W9: a newer token is sent before the one that stands runs out', async () => {
  let count = 0;
  const accessToken = async (renew: boolean) => {
    count += 1;
    return `${renew ? 'renewed' : 'first'} ${count}`;
  };
  const { connection, socket } = await connected(peer, { accessToken, timings: { token: 20 } });
  assert.is((await socket.take('token')).token, 'renewed 2');
  assert.is((await socket.take('token')).token, 'renewed 3');
  connection.close();
});

test('W9: renewing stops with the socket, and a network that is away does not end it', async () => {
  const asked: boolean[] = [];
  const accessToken = async (renew: boolean) => {
    asked.push(renew);
    if (renew) throw new ProtocolError('service/unavailable');
    return 'token';
  };
  const { connection, events } = await connected(peer, { accessToken, timings: { token: 10 } });
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.is(connection.state, 'online');
  assert.ok(asked.length > 2);
  connection.close();
  const { length } = asked;
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.is(asked.length, length);
  assert.equal(events.told.sessionEnded, []);
});

test('W9: a session that ends while its token is renewed ends', async () => {
  let ended = false;
  const accessToken = async () => {
    if (ended) throw new ProtocolError('auth/session-invalid');
    return 'token';
  };
  const { socket, events } = await connected(peer, { accessToken, timings: { token: 20 } });
  ended = true;
  assert.is(await socket.closed, 4003);
  await events.until('sessionEnded', 1);
});

test('W2: a server that does not welcome is left, and tried again', async () => {
  const events = recordingEvents();
  const connection = new Connection(optionsFor(peer, { timings: { hello: 30 } }), events);
  connection.connect();
  const silent = await peer.accept();
  assert.is(await silent.closed, 4001);
  await (await peer.accept()).welcome();
  await events.until('welcome', 1);
  connection.close();
});

test('W8: a server that has died without a word is left, and tried again', async () => {
  const { connection, socket, events } = await connected(peer, { timings: { heartbeat: 15 } });
  assert.is(await socket.closed, 4000);
  const second = await peer.accept();
  await second.take('hello');
  second.send({ type: 'welcome', version: 1, time: 1, conversations: [] });
  await events.until('welcome', 2);
  connection.close();
});

test('W3: a server that does not keep to the wire is left, what waits is rejected, and it comes back', async () => {
  const { connection, socket, events } = await connected(peer);
  const waiting = codeOf(connection.append(document, 1, update));
  await socket.take('append');
  socket.sendBytes(packFrames([Uint8Array.of(99)]));
  assert.is(await waiting, 'service/unavailable');
  assert.is(await socket.closed, 4002);
  await (await peer.accept()).welcome();
  await events.until('welcome', 2);
  connection.close();
});

test('W12: closed, it rejects what waits and never comes back, asked to or not', async () => {
  const { connection, socket, events } = await connected(peer);
  const waiting = codeOf(connection.append(document, 1, update));
  connection.close();
  assert.is(await waiting, 'service/unavailable');
  assert.is(await socket.closed, 1000);
  connection.connect();
  assert.is(await codeOf(connection.append(document, 1, update)), 'service/unavailable');
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.is(peer.waiting, 0);
  assert.is(events.told.state.at(-1)![0], 'offline');
});

test('W12: closed while a token is being asked for, it opens nothing', async () => {
  let give = (_: string) => {};
  const token = new Promise<string>((resolve) => {
    give = resolve;
  });
  const connection = new Connection(optionsFor(peer, { accessToken: () => token }), recordingEvents());
  connection.connect();
  connection.close();
  give(`token of ${device}`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.is(peer.waiting, 0);
});

test('G4: a connection that was overtaken says so and never comes back; its requests end', async () => {
  const { connection, events, socket } = await connected(peer);
  const waiting = codeOf(connection.append(document, 1, update));
  await socket.take('append');
  socket.send(refusal('sync/lease-stale'));
  await events.until('overtaken', 1);
  assert.is(await waiting, 'service/unavailable');
  assert.equal(connection.state, 'offline');
  const [state, error] = events.told.state.at(-1)!;
  assert.equal([state, error?.code], ['offline', 'sync/lease-stale']);
  connection.connect();
  assert.is(connection.state, 'offline', 'not when asked to either');
  await new Promise((resolve) => setTimeout(resolve, 800));
  assert.is(events.told.welcome.length, 1);
});

test('G4: a lease that can not be kept opens no socket; it is tried again', async () => {
  let tries = 0;
  const lease = async () => {
    tries += 1;
    if (tries === 1) throw new Error('the disk is full');
    return { number: 4, nonce: new Uint8Array(16).fill(4) };
  };
  const connection = new Connection(optionsFor(peer, { lease }), recordingEvents());
  connection.connect();
  const socket = await peer.accept();
  const hello = await socket.take('hello');
  assert.equal([tries, hello.lease], [2, { number: 4, nonce: new Uint8Array(16).fill(4) }]);
  connection.close();
});

test.run();
