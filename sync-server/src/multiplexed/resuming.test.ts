import type { ConversationId, DocumentName, LogName } from '@sotto/protocol';
import { documentName, LIMITS, logName } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeCursor } from '../activity/cursor.js';
import type { TestDevice } from '../testing/device.js';
import type { Person } from '../testing/server.js';
import { accessToken, feedRecords, messages, person, TestServer } from '../testing/server.js';

const HOUR_MS = 60 * 60_000;
const MANY = 200;

interface Context {
  clock: { now: number };
  reads: { count: number };
  server: TestServer;
}

const test = suite<Context>('coming back');

test.before.each(async (context) => {
  const clock = { now: Date.now() - 10 * HOUR_MS };
  const reads = { count: 0 };
  const counted = <T>(read: T): T => {
    reads.count += 1;
    return read;
  };
  context.clock = clock;
  context.reads = reads;
  context.server = await TestServer.start({
    now: () => clock.now,
    wrapLog: (log): LogStore => ({
      append: (...asked) => log.append(...asked),
      read: (...asked) => counted(log.read(...asked)),
      stateVector: (document) => counted(log.stateVector(document)),
      head: (name) => counted(log.head(name)),
      erase: (name) => log.erase(name),
      tail: (...asked) => log.tail(...asked),
      close: () => log.close(),
    }),
  });
});
test.after.each(async ({ server }) => {
  assert.equal(server.logged, []);
  await server.stop();
});

/** A cursor of now, as a device asks for it. */
async function cursorOf(device: TestDevice): Promise<Uint8Array> {
  device.send({ type: 'cursor' });
  const { cursor } = await device.next('cursor');
  assert.ok(cursor.length > 0 && cursor.length <= LIMITS.cursorBytes);
  return cursor;
}

/** Comes with a cursor, and returns what it is answered. */
async function comeBack(server: TestServer, who: Person, cursor: Uint8Array) {
  const device = await server.connect();
  device.who = who;
  device.hello(await accessToken(who), { cursor });
  const welcome = await device.next('welcome');
  const resumed = await device.next('resumed');
  return { device, welcome, resumed };
}

/** Writes as somebody else, behind everybody's back. */
function write(server: TestServer, by: Person, document: DocumentName, count = 1, first = 0) {
  return server.stores.log.append(feedRecords(by, document, 77, count, first));
}

test('[C3] with 200 conversations and nothing new: one message each way, and nothing is read of any log', async ({
  clock,
  reads,
  server,
}) => {
  const [ann, ben] = [person(), person()];
  const one = await server.device(ann);
  const made: ConversationId[] = [];
  for (let index = 0; index < MANY; index += 1) made.push(await server.conversation(one, ben));
  clock.now += HOUR_MS;
  const cursor = await cursorOf(one);
  one.cut();
  clock.now += HOUR_MS;
  await server.left(0);
  reads.count = 0;
  const { device, welcome, resumed } = await comeBack(server, ann, cursor);
  assert.is(welcome.conversations.length, MANY);
  assert.equal([resumed.isAll, resumed.logs], [false, []]);
  assert.is(device.messages, 1);
  assert.is(device.frames.length, 2);
  assert.is(reads.count, 0);
  // All of it is followed.
  for (const conversation of [made[0]!, made[MANY - 1]!]) {
    await write(server, ben, messages(conversation));
    await device.next('sync');
    assert.is(device.received(messages(conversation)).length, 1);
  }
  assert.is(reads.count, 0);
  const another = await cursorOf(device);
  assert.not.equal(another, cursor);
});

test('[C3] after some time away just what something happened in has its head told', async ({
  clock,
  reads,
  server,
}) => {
  const [ann, ben] = [person(), person()];
  const one = await server.device(ann);
  const conversations: ConversationId[] = [];
  for (let index = 0; index < 20; index += 1) conversations.push(await server.conversation(one, ben));
  clock.now += HOUR_MS;
  const cursor = await cursorOf(one);
  one.cut();
  clock.now += HOUR_MS;
  const changed: LogName[] = [
    logName('m', conversations[3]!),
    logName('r', conversations[7]!),
    logName('i', ann.device),
  ];
  for (const log of changed) await write(server, ben, documentName(log, 0), 2);
  await server.left(0);
  reads.count = 0;
  const { device, resumed } = await comeBack(server, ann, cursor);
  assert.equal([...resumed.logs].sort(), [...changed].sort());
  const heads = [await device.next('head'), await device.next('head'), await device.next('head')];
  assert.equal(heads.map(({ log }) => log).sort(), [...changed].sort());
  assert.ok(heads.every(({ segment, count }) => segment === 0 && count === 2));
  assert.is(reads.count, 3);
  device.ask(messages(conversations[3]!));
  await device.next('sync');
  assert.is(device.received(messages(conversations[3]!)).length, 2);
});

test('[C3] what was joined and left meanwhile is so, whatever the cursor says', async ({ clock, server }) => {
  const [ann, ben] = [person(), person()];
  const [one, other] = [await server.device(ann), await server.device(ben)];
  const left = await server.conversation(other, ann);
  clock.now += HOUR_MS;
  const cursor = await cursorOf(one);
  one.cut();
  clock.now += HOUR_MS;
  await server.advance(other, left, 1, [ben]);
  const joined = await server.conversation(other, ann);
  const { device, welcome, resumed } = await comeBack(server, ann, cursor);
  assert.equal(
    welcome.conversations.map(({ conversation }) => conversation),
    [joined],
  );
  assert.ok(resumed.logs.includes(logName('s', joined)));
  await write(server, ben, messages(left));
  await write(server, ben, messages(joined));
  await device.next('sync');
  await device.settle();
  assert.equal(device.received(messages(left)), []);
  assert.is(device.received(messages(joined)).length, 1);
  // Whoever is taken out later loses what the cursor opened.
  await server.advance(other, joined, 1, [ben]);
  await device.until(() => device.all('notice').find(({ notice }) => notice.kind === 'access'), 'notice');
  await write(server, ben, messages(joined), 1, 1);
  await device.settle();
  assert.is(device.received(messages(joined)).length, 1);
});

test('[C3] a cursor that the server can say nothing by: all is to be compared, and nothing was opened', async ({
  clock,
  server,
}) => {
  const [ann, ben] = [person(), person()];
  const conversation = await server.conversation(await server.device(ann), ben);
  const DAY_MS = 24 * HOUR_MS;
  const cursors = [
    Uint8Array.of(1),
    new Uint8Array(LIMITS.cursorBytes).fill(255),
    encodeCursor(clock.now + HOUR_MS),
    encodeCursor(clock.now - 13 * DAY_MS - 1),
    Uint8Array.from([2, ...encodeCursor(clock.now).subarray(1)]),
  ];
  for (const cursor of cursors) {
    const { device, resumed } = await comeBack(server, ann, cursor);
    assert.equal([resumed.isAll, resumed.logs], [true, []]);
    await write(server, ben, messages(conversation), 1, (await count(server, conversation)).count);
    await device.settle();
    assert.equal(device.received(messages(conversation)), []);
    // What it is given counts once it has compared everything.
    const back = await comeBack(server, ann, resumed.cursor);
    assert.is(back.resumed.isAll, false);
  }
});

function count(server: TestServer, conversation: ConversationId) {
  return server.stores.log.head(logName('m', conversation));
}

test('[C3] [C5] without a cursor nothing is answered but the welcome', async ({ server }) => {
  const device = await server.device(person());
  await device.settle();
  assert.is(device.all('resumed').length, 0);
  await cursorOf(device);
});

test('[C4] [S13] a reader that is behind is given no cursor', async () => {
  const server = await TestServer.start({
    limits: { lowWaterBytes: 1_000, gatherBytes: 500, appendBurst: 100_000 },
  });
  const [ann, ben] = [person(), person()];
  const one = await server.device(ann);
  const conversation = await server.conversation(one, ben);
  const log = logName('m', conversation);
  one.send({ type: 'subscribe', logs: [log] });
  await one.next('head');
  one.pause();
  // More than the operating system takes for it.
  const big = await server.device(ben);
  for (let batch = 1; batch <= 80; batch += 1) {
    big.append(batch, messages(conversation), big.envelopes(messages(conversation), 2, 60_000).update);
    await big.next('ack');
  }
  one.send({ type: 'cursor' });
  await big.settle();
  one.resume();
  await one.until(
    () => (one.received(messages(conversation)).length === 160 ? true : undefined),
    'all of it',
  );
  // It was asked for while it was behind, or once it had all: a cursor that says something never comes between.
  const first = await one.next('cursor');
  const at = one.frames.indexOf(first);
  const behind = one.frames.slice(at).filter(({ type }) => type === 'sync').length;
  assert.ok(first.cursor.length === 0 || behind === 0, `${behind} came behind a cursor`);
  await cursorOf(one);
  await server.stop();
});

test.run();
