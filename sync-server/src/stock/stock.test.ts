import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentName, logName, randomId } from '@sotto/protocol';
import { sessionEndedKey } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { Person, TokenOptions } from '../testing/server.js';
import { documentToken, messages, person, TestServer } from '../testing/server.js';
import { eventually, StockDevice } from '../testing/stock-provider.js';
import { encodeStockAwareness } from './messages.js';

interface Context {
  server: TestServer;
  stock: StockDevice[];
  ann: Person;
  ben: Person;
}

const test = suite<Context>('stock y-websocket providers');

test.before.each(async (context) => {
  context.server = await TestServer.start();
  context.stock = [];
  context.ann = person();
  context.ben = person();
});
test.after.each(async ({ server, stock }) => {
  for (const device of stock) device.stop();
  await server.stop();
});

const freshClient = () => Number(randomBytes(8).readBigUInt64BE() >> 11n);
const envelope = (...bytes: number[]) => Uint8Array.from(bytes);

async function connectStock(
  { server, stock }: Pick<Context, 'server' | 'stock'>,
  who: Person,
  document = messages(randomId()),
  { doc, granted, ...options }: TokenOptions & { doc?: Y.Doc; granted?: number } = {},
): Promise<StockDevice> {
  const client = freshClient();
  const token = await documentToken(who, document, granted ?? client, options);
  const device = new StockDevice(server.url, who, document, client, token, doc);
  stock.push(device);
  return device;
}

async function conversation({ server, ann, ben }: Context) {
  const device = await server.device(ann);
  return { device, document: messages(await server.conversation(device, ben)) };
}

test('[W13] two providers exchange envelopes through their feeds', async (context) => {
  const { document } = await conversation(context);
  const one = await connectStock(context, context.ann, document);
  one.push(envelope(1), envelope(2, 2));
  await one.synced();
  const two = await connectStock(context, context.ben, document);
  await two.synced();
  await eventually(() => two.feed(one.root).length === 2, 'two envelopes');
  two.push(envelope(9));
  await eventually(() => one.feed(two.root).length === 1, 'the reply');
  one.push(envelope(3));
  await eventually(() => two.feed(one.root).length === 3, 'the third');
  assert.equal(two.feed(one.root), [envelope(1), envelope(2, 2), envelope(3)]);
});

test('[W13] a provider and a multiplexed device see each other', async (context) => {
  const { device, document } = await conversation(context);
  device.send({ type: 'subscribe', logs: [document.slice(0, -2) as never] });
  await device.next('head');
  const stock = await connectStock(context, context.ben, document);
  await stock.synced();
  device.append(1, document, device.updateAt(document, 0, 2));
  await eventually(() => stock.feed(`f.${context.ann.device}.${device.client}`).length === 2, 'envelopes');
  stock.push(envelope(7));
  await device.until(() => (device.received(document).length === 1 ? true : undefined), 'its envelope');
  assert.equal(device.received(document), [`${stock.doc.clientID}:0`]);
});

test('[S9] synced is not said before storage has loaded', async (context) => {
  const { ben } = context;
  const waiting: (() => void)[] = [];
  let hold = false;
  const gate = async () => {
    if (hold) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const server = await TestServer.start({
    wrapLog: (log) => ({
      append: (records) => log.append(records),
      read: (document, have) => gate().then(() => log.read(document, have)),
      stateVector: (document) => gate().then(() => log.stateVector(document)),
      head: (name) => log.head(name),
      erase: (name) => log.erase(name),
      tail: (listener) => log.tail(listener),
      close: () => log.close(),
    }),
  });
  const device = await server.device(context.ann);
  const document = messages(await server.conversation(device, ben));
  device.append(1, document, device.updateAt(document, 0, 3));
  await device.next('ack');
  hold = true;
  const stock = await connectStock({ server, stock: context.stock }, ben, document);
  await eventually(() => waiting.length > 0, 'reading');
  await device.settle();
  assert.is(stock.provider.synced, false);
  hold = false;
  for (const go of waiting) go();
  await stock.synced();
  assert.is(stock.feed(`f.${context.ann.device}.${device.client}`).length, 3);
  stock.stop();
  await server.stop();
});

test('[W13] what was written away from the server arrives on reconnecting', async (context) => {
  const { document } = await conversation(context);
  const [one, two] = [
    await connectStock(context, context.ann, document),
    await connectStock(context, context.ben, document),
  ];
  await Promise.all([one.synced(), two.synced()]);
  one.provider.disconnect();
  for (let count = 0; count < 300; count += 1) one.push(envelope(count & 255));
  two.push(envelope(8));
  one.provider.connect();
  await eventually(() => two.feed(one.root).length === 300, '300 envelopes');
  await eventually(() => one.feed(two.root).length === 1, 'what was missed');
});

test('[S1] durable after the server was restarted', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-sync-'));
  const first = await TestServer.start({ folder });
  const device = await first.device(context.ann);
  const document = messages(await first.conversation(device, context.ben));
  const writer = await connectStock({ server: first, stock: context.stock }, context.ann, document);
  writer.push(envelope(1), envelope(2));
  await writer.synced();
  await eventually(async () => (await first.stores.log.stateVector(document)).size === 1, 'stored');
  writer.stop();
  await first.stop();
  const second = await TestServer.start({ folder });
  const reader = await connectStock({ server: second, stock: context.stock }, context.ben, document);
  await reader.synced();
  assert.equal(reader.feed(writer.root), [envelope(1), envelope(2)]);
  reader.stop();
  await second.stop();
  await rm(folder, { recursive: true });
});

test("[S14] others' structs in an honest answer are neither stored nor refused", async (context) => {
  const { document } = await conversation(context);
  // A document that somebody filled elsewhere: the server has nothing of the other writer's feed.
  const doc = new Y.Doc();
  const foreign = new Y.Doc();
  foreign.getArray<Uint8Array>('f.someone').push([envelope(1)]);
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(foreign));
  const stock = await connectStock(context, context.ann, document, { doc });
  stock.push(envelope(5));
  await stock.synced();
  const { log } = context.server.stores;
  await eventually(async () => (await log.stateVector(document)).size > 0, 'stored');
  assert.equal(await log.stateVector(document), new Map([[stock.doc.clientID, 1]]));
  stock.push(envelope(6));
  await eventually(async () => (await log.stateVector(document)).get(stock.doc.clientID) === 2, 'stored');
  assert.is(stock.closes, 0);
  assert.equal(context.server.logged, []);
});

test('[S14] [U4] structs of its own client id under a root of another feed end it', async (context) => {
  const { document } = await conversation(context);
  const stock = await connectStock(context, context.ann, document);
  await stock.synced();
  stock.doc.getArray<Uint8Array>(`f.${context.ben.device}.${stock.doc.clientID}`).push([envelope(1)]);
  await eventually(() => stock.ended !== undefined, 'ended');
  assert.is(stock.ended, 4400);
  assert.is((await context.server.stores.log.stateVector(document)).size, 0);
});

test('[S14] [U1] what the grammar does not know ends it: a deletion, a map', async (context) => {
  const { document } = await conversation(context);
  const changes: ((stock: StockDevice) => void)[] = [
    (stock) => {
      stock.push(envelope(1), envelope(2));
      stock.doc.getArray(stock.root).delete(0);
    },
    (stock) => stock.doc.getMap(stock.root).set('a', envelope(1)),
  ];
  for (const change of changes) {
    const stock = await connectStock(context, context.ann, document);
    await stock.synced();
    change(stock);
    await eventually(() => stock.ended !== undefined, 'ended');
    assert.is(stock.ended, 4400);
  }
});

test('[G2] another client id than the token grants writes nothing', async (context) => {
  const { document } = await conversation(context);
  const stock = await connectStock(context, context.ann, document, { granted: freshClient() });
  stock.push(envelope(1));
  await stock.synced();
  stock.push(envelope(2));
  const two = await connectStock(context, context.ben, document);
  await two.synced();
  two.push(envelope(2));
  await eventually(() => stock.feed(two.root).length === 1, 'a round trip');
  assert.equal(await context.server.stores.log.stateVector(document), new Map([[two.doc.clientID, 1]]));
});

test('[W13] tokens that are forged, old, of another document or kind end it with 4401', async (context) => {
  const { document } = await conversation(context);
  const forged = await connectStock(context, context.ann, document, { forged: true });
  const old = await connectStock(context, context.ann, document, { expiresAt: Date.now() - 5_000 });
  const access = await connectStock(context, context.ann, document, { audience: 'sotto' });
  const other = new StockDevice(
    context.server.url,
    context.ann,
    document,
    5,
    await documentToken(context.ann, documentName(logName('a', context.ann.account), 0), 5),
  );
  context.stock.push(other);
  for (const device of [forged, old, access, other]) {
    await eventually(() => device.ended !== undefined, 'ended');
    assert.is(device.ended, 4401);
    assert.is(device.provider.synced, false);
  }
});

test('[A2] [S10] a stranger does not get in; a removed member and an ended session are put out', async (context) => {
  const { server, ann, ben } = context;
  const { device, document } = await conversation(context);
  const stranger = await connectStock(context, person(), document);
  await eventually(() => stranger.ended !== undefined, 'refused');
  assert.is(stranger.ended, 4403);
  const [one, two] = [await connectStock(context, ann, document), await connectStock(context, ben, document)];
  await Promise.all([one.synced(), two.synced()]);
  await server.advance(device, document.split('.')[1] as never, 1, [ann]);
  await eventually(() => two.ended !== undefined, 'put out');
  assert.is(two.ended, 4403);
  await server.stores.claims.own(sessionEndedKey(ann.session), new Uint8Array());
  await eventually(() => one.ended !== undefined, 'signed out');
  assert.is(one.ended, 4401);
});

test('[W13] awareness reaches the others, and goes with its provider', async (context) => {
  const { document } = await conversation(context);
  const [one, two] = [
    await connectStock(context, context.ann, document),
    await connectStock(context, context.ben, document),
  ];
  await Promise.all([one.synced(), two.synced()]);
  one.awareness.setLocalState({ typing: true });
  await eventually(() => two.awareness.getStates().has(one.awareness.clientID), 'awareness');
  assert.equal(two.awareness.getStates().get(one.awareness.clientID), { typing: true });
  const late = await connectStock(context, context.ben, document);
  await eventually(
    () => late.awareness.getStates().has(one.awareness.clientID),
    'awareness of who was there',
  );
  one.provider.ws!.close();
  one.provider.disconnect();
  await eventually(() => !two.awareness.getStates().has(one.awareness.clientID), 'gone');
});

test('[W13] [G3] nobody speaks for another in awareness', async (context) => {
  const { document } = await conversation(context);
  const [one, two] = [
    await connectStock(context, context.ann, document),
    await connectStock(context, context.ben, document),
  ];
  await Promise.all([one.synced(), two.synced()]);
  two.awareness.setLocalState({ here: true });
  const forged = new Awareness(new Y.Doc());
  const victim = two.awareness.clientID;
  forged.states.set(victim, { typing: 'forged' });
  forged.meta.set(victim, { clock: 1_000, lastUpdated: 0 });
  const message = encodeStockAwareness(encodeAwarenessUpdate(forged, [victim]));
  one.provider.ws!.send(message);
  one.awareness.setLocalState({ after: true });
  await eventually(() => two.awareness.getStates().has(one.awareness.clientID), 'what was said afterwards');
  assert.equal(two.awareness.getStates().get(victim), { here: true });
  const late = await connectStock(context, context.ben, document);
  await eventually(() => late.awareness.getStates().size >= 3, 'awareness of who is there');
  assert.equal(late.awareness.getStates().get(victim), { here: true });
  forged.destroy();
});

test('[W13] the token is echoed as the subprotocol; an idle provider is kept alive', async (context) => {
  const { document } = await conversation(context);
  const server = await TestServer.start({ limits: { stockKeepAliveMs: 30 } });
  const device = await server.device(context.ann);
  const own = messages(await server.conversation(device));
  const stock = await connectStock({ server, stock: context.stock }, context.ann, own);
  await stock.synced();
  assert.match(stock.provider.ws!.protocol, /^ey/);
  let heard = 0;
  stock.provider.ws!.addEventListener('message', () => {
    heard += 1;
  });
  await eventually(() => heard >= 3, 'messages without asking');
  assert.is(stock.provider.synced, true);
  stock.stop();
  await server.stop();
  assert.ok(document);
});

test('[S6] [S12] 1012 and 1013 bring a provider back: a raised counter, a drain', async (context) => {
  const { device, document } = await conversation(context);
  const stock = await connectStock(context, context.ben, document);
  await stock.synced();
  await context.server.advance(device, document.split('.')[1] as never, 1, [context.ann, context.ben]);
  // Sealed, as far as the server can tell, under the counter that stood on joining.
  stock.push(envelope(1));
  const { log } = context.server.stores;
  await eventually(
    async () => (await log.stateVector(document)).get(stock.doc.clientID) === 1,
    'stored on return',
  );
  await context.server.sync.drain(1_000);
  await eventually(() => !stock.provider.wsconnected, 'closed');
  assert.is(stock.ended, undefined);
});

test('[W13] a message that is none ends it', async ({ server, ann, ben }) => {
  const device = await server.device(ann);
  const document = messages(await server.conversation(device, ben));
  for (const bytes of [[9], [0, 5, 0], [0, 0, 3, 1], [1, 9], [3, 0], []]) {
    const token = await documentToken(ann, document, freshClient());
    const socket = new WebSocket(`${server.url}/${document}`, [token]);
    await once(socket, 'open');
    socket.send(Uint8Array.from(bytes));
    const [code] = await once(socket, 'close');
    assert.is(code, 4400, bytes.join(' '));
  }
});

test.run();
