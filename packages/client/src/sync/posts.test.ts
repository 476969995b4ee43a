import type { DeviceFrame, DeviceId, ErrorCode } from '@sotto/protocol';
import { DEVICE_UPDATE, ERROR_CODES, LIMITS, logName, parseUpdate, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type TemporaryStores, temporaryStores } from '../store/testing/temporary-stores.js';
import { ClientIds } from './client-ids.js';
import { Heads } from './heads.js';
import { OwnFeeds } from './own-feeds.js';
import { type PlacedPost, Posts } from './posts.js';
import { connected } from './testing/connected.js';
import { type PeerSocket, SyncPeer } from './testing/sync-peer.js';

const test = suite('posts');
const peer = await SyncPeer.listen();
test.after(() => peer.close());
const device = randomId<DeviceId>();
const inbox = logName('i', randomId<DeviceId>());
const other = logName('i', randomId<DeviceId>());

type Append = Extract<DeviceFrame, { type: 'append' }>;

/** A queue over real stores and a real socket. */
async function queue(stores?: TemporaryStores) {
  const kept = stores ?? (await temporaryStores());
  const { connection, socket } = await connected(peer);
  const heads = new Heads();
  const clientIds = await ClientIds.open(kept.keys);
  const freshClientId = async () => clientIds.adopt(await connection.grant());
  const route = {
    ...{ device, connection, heads, clientIds, freshClientId },
    keys: kept.keys,
    feeds: new OwnFeeds(kept.keys),
    copied: () => {},
  };
  const posts = await Posts.open(route);
  const arrived: number[] = [];
  const send = (log = inbox) =>
    posts.send(log, async ({ envelope }) => {
      arrived.push(envelope[0]!);
      return [{ key: `arrived/${envelope[0]}`, value: Uint8Array.of(1) }];
    });
  const end = async () => {
    connection.close();
    await kept.remove();
  };
  return { stores: kept, connection, socket, heads, clientIds, posts, arrived, send, end };
}

let granted = 100;
/** Answers the next request for a client id. */
async function grantNext(socket: PeerSocket): Promise<number> {
  await socket.take('grant');
  granted += 1;
  socket.send({ type: 'granted', grant: { client: granted, mac: new Uint8Array(16) } });
  return granted;
}

function read({ document, update }: Append) {
  const [run] = parseUpdate(update, document, DEVICE_UPDATE);
  return {
    client: run!.client,
    clock: run!.clock,
    envelopes: run!.structs.map(({ envelope }) => envelope[0]),
  };
}

function ack(socket: PeerSocket, { batch, document, update }: Append, next?: number): void {
  const [run] = parseUpdate(update, document, DEVICE_UPDATE);
  const { client, clock, structs } = run!;
  socket.send({ type: 'ack', batch, document, client, next: next ?? clock + structs.length });
}

function refuse(socket: PeerSocket, { batch, document }: Append, code: ErrorCode): void {
  const { retry } = ERROR_CODES[code];
  socket.send({ type: 'error', code, retry, retryAfterMs: 0, batch, subject: document });
}

const bytes = (...values: number[]) => Uint8Array.from(values);

test('U8: posts of a log go in order, placed one after the other, each remembered as arrived once', async () => {
  const { socket, posts, arrived, send, stores, end } = await queue();
  for (const value of [1, 2, 3]) await posts.add(inbox, 'key', bytes(value));
  await posts.add(other, 'key', bytes(9));
  assert.equal(posts.logs(), [inbox, other]);
  const sending = send();
  const client = await grantNext(socket);
  const append = await socket.take('append');
  assert.equal([append.document, append.counter], [`${inbox}.0`, 0]);
  assert.equal(read(append), { client, clock: 0, envelopes: [1, 2, 3] });
  assert.equal(arrived, []);
  ack(socket, append);
  await sending;
  assert.equal(arrived, [1, 2, 3]);
  assert.equal(posts.logs(), [other]);
  assert.equal(
    (await stores.keys.list('arrived/')).map(([key]) => key),
    ['arrived/1', 'arrived/2', 'arrived/3'],
  );
  assert.is((await stores.keys.list('post/')).length, 1);
  await end();
});

test('D4: the next posts go on in the same feed', async () => {
  const { socket, posts, send, end } = await queue();
  await posts.add(inbox, 'key', bytes(1));
  const sending = send();
  const client = await grantNext(socket);
  ack(socket, await socket.take('append'));
  await sending;
  await posts.add(inbox, 'key', bytes(2));
  const again = send();
  const append = await socket.take('append');
  assert.equal(read(append), { client, clock: 1, envelopes: [2] });
  ack(socket, append);
  await again;
  await end();
});

test('S2: after a part was acknowledged the rest is sent, and nothing twice', async () => {
  const { socket, posts, arrived, send, end } = await queue();
  for (const value of [1, 2, 3]) await posts.add(inbox, 'key', bytes(value));
  const sending = send();
  const client = await grantNext(socket);
  ack(socket, await socket.take('append'), 2);
  const rest = await socket.take('append');
  assert.equal(read(rest), { client, clock: 2, envelopes: [3] });
  assert.equal(arrived, [1, 2]);
  ack(socket, rest);
  await sending;
  assert.equal(arrived, [1, 2, 3]);
  await end();
});

test('U8 S3: what was never answered is resent byte for byte after the process, before what came later', async () => {
  const first = await queue();
  for (const value of [1, 2]) await first.posts.add(inbox, 'key', bytes(value));
  const sending = first.send();
  await grantNext(first.socket);
  const append = await first.socket.take('append');
  first.socket.cut();
  await sending.then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, 'service/unavailable'),
  );
  assert.equal(first.arrived, []);
  await first.posts.add(inbox, 'key', bytes(3));
  first.connection.close();

  const second = await queue(await first.stores.reopen());
  const resending = second.send();
  const again = await second.socket.take('append');
  assert.equal([again.document, again.update], [append.document, append.update]);
  ack(second.socket, again);
  const client = await grantNext(second.socket);
  const later = await second.socket.take('append');
  assert.equal(read(later), { client, clock: 0, envelopes: [3] });
  ack(second.socket, later);
  await resending;
  assert.equal(second.arrived, [1, 2, 3]);
  await second.end();
});

for (const code of ['sync/gap', 'sync/client-id', 'sync/segment-closed'] as const)
  test(`${code}: refused as they stand, posts get new places under a fresh client id`, async () => {
    const { socket, posts, arrived, send, heads, end } = await queue();
    for (const value of [1, 2]) await posts.add(inbox, 'key', bytes(value));
    const sending = send();
    await grantNext(socket);
    const refused = await socket.take('append');
    heads.set(inbox, { segment: 2, count: 5 });
    refuse(socket, refused, code);
    const client = await grantNext(socket);
    const anew = await socket.take('append');
    assert.is(anew.document, `${inbox}.2`);
    assert.equal(read(anew), { client, clock: 0, envelopes: [1, 2] });
    ack(socket, anew);
    await sending;
    assert.equal(arrived, [1, 2]);
    assert.equal(heads.of(inbox), { segment: 2, count: 7 });
    await end();
  });

test('E anew: a server that refuses for ever is not asked for ever', async () => {
  const { socket, posts, arrived, send, end } = await queue();
  await posts.add(inbox, 'key', bytes(1));
  const sending = send().then(
    () => 'sent',
    (error) => error.code,
  );
  await grantNext(socket);
  for (let round = 0; round < 4; round += 1) {
    refuse(socket, await socket.take('append'), 'sync/gap');
    if (round < 3) await grantNext(socket);
  }
  assert.is(await sending, 'sync/gap');
  assert.equal([arrived, posts.of(inbox).length], [[], 1]);
  await end();
});

test('E later: what the server cannot take now stays queued, in its place', async () => {
  const { socket, posts, send, end } = await queue();
  await posts.add(inbox, 'key', bytes(1));
  const sending = send();
  await grantNext(socket);
  const append = await socket.take('append');
  refuse(socket, append, 'sync/store-unavailable');
  await sending.then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, 'sync/store-unavailable'),
  );
  const again = send();
  const resent = await socket.take('append');
  assert.equal(resent.update, append.update);
  ack(socket, resent);
  await again;
  await end();
});

test('U4: more than one update can carry goes as several, in order', async () => {
  const { socket, posts, arrived, send, end } = await queue();
  const count = LIMITS.updateEnvelopes + 3;
  for (let value = 0; value < count; value += 1) await posts.add(inbox, 'key', bytes(value % 256));
  const sending = send();
  await grantNext(socket);
  const first = await socket.take('append');
  assert.is(read(first).envelopes.length, LIMITS.updateEnvelopes);
  ack(socket, first);
  const second = await socket.take('append');
  assert.equal([read(second).clock, read(second).envelopes], [LIMITS.updateEnvelopes, [0, 1, 2]]);
  ack(socket, second);
  await sending;
  assert.is(arrived.length, count);
  await end();
});

test('U8: what is prepared counts only once the larger write is done', async () => {
  const { stores, posts, end } = await queue();
  const prepared = posts.prepare(inbox, 'key', bytes(1));
  assert.equal(posts.of(inbox), []);
  await stores.keys.write([prepared.write, { key: 'session/x', value: bytes(2) }]);
  prepared.done();
  const [post] = posts.of(inbox);
  assert.equal([post!.envelope, post!.tag, post!.placed], [bytes(1), 'key', null]);
  await end();
});

test('U8: when keeping what arrived fails, the post stays and is asked about again', async () => {
  const { socket, posts, end } = await queue();
  await posts.add(inbox, 'key', bytes(1));
  const asked: PlacedPost[] = [];
  const send = (fails: boolean) =>
    posts.send(inbox, async (post) => {
      asked.push(post);
      if (fails) throw new Error('store is full');
      return [];
    });
  const failing = send(true).then(
    () => 'sent',
    (error) => error.message,
  );
  await grantNext(socket);
  ack(socket, await socket.take('append'));
  assert.is(await failing, 'store is full');
  const again = send(false);
  ack(socket, await socket.take('append'));
  await again;
  assert.equal(asked[1], asked[0]);
  assert.equal(posts.of(inbox), []);
  await end();
});

test.run();
