import { documentName, logName } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { feedRecords, messages, person, TestServer } from '../testing/server.js';

const test = suite<{ server: TestServer }>('appending');

test.before.each(async (context) => {
  context.server = await TestServer.start();
});
test.after.each(async ({ server }) => {
  assert.equal(server.logged, []);
  await server.stop();
});

/** Two members of a conversation, both online. */
async function pair(server: TestServer) {
  const [ann, ben] = [person(), person()];
  const one = await server.device(ann);
  const two = await server.device(ben);
  const conversation = await server.conversation(one, ben);
  return { one, two, conversation, document: messages(conversation), log: logName('m', conversation) };
}

test('[W4] [W6] a batch is acknowledged, and reaches the subscribers but not its sender', async ({
  server,
}) => {
  const { one, two, document, log } = await pair(server);
  one.send({ type: 'subscribe', logs: [log] });
  two.send({ type: 'subscribe', logs: [log] });
  assert.equal(await two.next('head'), { type: 'head', log, segment: 0, count: 0 });
  await one.next('head');
  one.append(7, document, one.envelopes(document, 3).update);
  assert.equal(await one.next('ack'), { type: 'ack', batch: 7, document, client: one.client, next: 3 });
  await two.next('sync');
  await one.settle();
  assert.equal(two.received(document), [`${one.client}:0`, `${one.client}:1`, `${one.client}:2`]);
  assert.equal(one.received(document), []);
  two.send({ type: 'subscribe', logs: [log] });
  assert.is((await two.next('head')).count, 3);
});

test('[S6] [S10] nothing is written after a removal was answered, whatever had been checked before', async () => {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let begun = () => {};
  const begins = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let holding = false;
  const server = await TestServer.start({
    wrapLog: (log) => ({
      append: async (records, stands) => {
        if (holding && records[0]!.document.startsWith('m.')) {
          begun();
          await held;
        }
        return log.append(records, stands);
      },
      read: (...input) => log.read(...input),
      stateVector: (document) => log.stateVector(document),
      head: (name) => log.head(name),
      erase: (name) => log.erase(name),
      tail: (listener) => log.tail(listener),
      close: () => log.close(),
    }),
  });
  const { one, two, conversation, document } = await pair(server);
  holding = true;
  two.append(1, document, two.envelopes(document, 2).update);
  await begins;
  assert.is(await server.advance(one, conversation, 1, [one.who]), 2);
  letGo();
  const { code, batch } = await two.next('error');
  assert.equal([code, batch], ['sync/not-a-member', 1]);
  holding = false;
  one.append(2, document, one.envelopes(document, 1).update, 1);
  assert.is((await one.next('error')).code, 'sync/stale');
  one.ask(document);
  const answer = await one.next('sync');
  assert.equal([answer.message.step, one.received(document)], ['answer', []]);
  await server.stop();
});

test('[W6] batches pipelined into one document are acknowledged in order', async ({ server }) => {
  const { one, document } = await pair(server);
  for (let batch = 1; batch <= 40; batch += 1) one.append(batch, document, one.envelopes(document, 2).update);
  for (let batch = 1; batch <= 40; batch += 1) {
    const ack = await one.next('ack');
    assert.equal([ack.batch, ack.next], [batch, batch * 2]);
  }
});

test('[W1] [W4] many documents go over one socket, and their frames share messages', async ({ server }) => {
  const { one, two } = await pair(server);
  const conversations = [];
  for (let count = 0; count < 30; count += 1) conversations.push(await server.conversation(one, two.who));
  two.send({ type: 'subscribe', logs: conversations.map((conversation) => logName('m', conversation)) });
  for (const _ of conversations) await two.next('head');
  const before = one.messages;
  one.send(
    ...conversations.map((conversation, index) => {
      const document = messages(conversation);
      const { update } = one.envelopes(document, 1);
      return { type: 'append', batch: index + 1, counter: 1, document, update } as const;
    }),
  );
  for (const _ of conversations) await one.next('ack');
  assert.ok(
    one.messages - before < conversations.length,
    `${one.messages - before} messages for 30 acknowledgements`,
  );
  for (const conversation of conversations)
    await two.until(
      () => (two.received(messages(conversation)).length === 1 ? true : undefined),
      'every envelope',
    );
});

test('[S3] a batch sent again is acknowledged again, also with more behind it', async ({ server }) => {
  const { one, two, document, log } = await pair(server);
  two.send({ type: 'subscribe', logs: [log] });
  await two.next('head');
  const update = one.updateAt(document, 0, 2);
  one.append(1, document, update);
  one.append(2, document, update);
  one.append(3, document, one.updateAt(document, 0, 4));
  assert.equal(
    [(await one.next('ack')).next, (await one.next('ack')).next, (await one.next('ack')).next],
    [2, 2, 4],
  );
  await two.until(() => (two.received(document).length >= 4 ? true : undefined), 'four envelopes');
  await two.settle();
  assert.is(two.received(document).length, 4, 'nothing is broadcast twice');
});

test('[S5] another body at a taken position closes as a fork, and what follows is not written', async ({
  server,
}) => {
  const { one, document } = await pair(server);
  one.append(1, document, one.updateAt(document, 0, 2));
  await one.next('ack');
  one.send(
    { type: 'append', batch: 2, counter: 1, document, update: one.updateAt(document, 1, 2, 1, 99) },
    { type: 'append', batch: 3, counter: 1, document, update: one.updateAt(document, 2, 1) },
  );
  const error = await one.next('error');
  assert.equal([error.code, error.retry, error.batch], ['sync/fork', 'never', 2]);
  assert.is(await one.closed(), 4409);
  assert.equal(await server.stores.log.stateVector(document), new Map([[one.client, 2]]));
});

test('[S2] [S5] the prefix before a fork is acknowledged first', async ({ server }) => {
  const { one, document } = await pair(server);
  await server.stores.log.append(feedRecords(one.who, document, one.client, 3));
  const wrong = one.updateAt(document, 0, 4);
  // Flips the envelope of clock 2: the last byte but those of the struct after it and the delete set.
  const third = feedRecords(one.who, document, one.client, 1, 3)[0]!.body.length;
  wrong[wrong.length - third - 2]! ^= 1;
  one.append(5, document, wrong);
  assert.equal((await one.next('ack')).next, 2);
  assert.is((await one.next('error')).code, 'sync/fork');
});

test('[S4] a gap is not written; the server says where the feed ends, the connection stays', async ({
  server,
}) => {
  const { one, document } = await pair(server);
  one.append(1, document, one.updateAt(document, 0, 2));
  await one.next('ack');
  one.append(2, document, one.updateAt(document, 3, 1));
  const asked = await one.next('sync');
  assert.equal(asked.message.step, 'state-vector');
  const error = await one.next('error');
  assert.equal([error.code, error.retry, error.batch, error.subject], ['sync/gap', 'anew', 2, document]);
  one.append(3, document, one.updateAt(document, 2, 2));
  assert.is((await one.next('ack')).next, 4);
});

test('[S6] a stale counter is refused with the one that stands; the connection stays', async ({ server }) => {
  const { one, two, conversation, document } = await pair(server);
  assert.is(await server.advance(one, conversation, 1, [one.who, two.who]), 2);
  one.append(1, document, one.updateAt(document, 0, 1), 1);
  const error = await one.next('error');
  assert.equal([error.code, error.retry, error.batch], ['sync/stale', 'anew', 1]);
  assert.equal(one.all('notice').at(-1)!.notice, { kind: 'access', conversation, counter: 2, member: true });
  one.append(2, document, one.updateAt(document, 0, 1), 3);
  assert.is((await one.next('error')).code, 'sync/stale');
  one.append(3, document, one.updateAt(document, 0, 1), 2);
  assert.is((await one.next('ack')).next, 1);
});

test('[S3] what was durable before the counter rose is acknowledged again', async ({ server }) => {
  const { one, two, conversation, document } = await pair(server);
  one.append(1, document, one.updateAt(document, 0, 2), 1);
  await one.next('ack');
  await server.advance(one, conversation, 1, [one.who, two.who]);
  one.append(2, document, one.updateAt(document, 0, 2), 1);
  assert.is((await one.next('ack')).next, 2);
  one.append(3, document, one.updateAt(document, 0, 3), 1);
  assert.is((await one.next('error')).code, 'sync/stale');
});

test('[S2] [S3] of a batch that is durable in part the durable prefix is acknowledged, the rest refused', async ({
  server,
}) => {
  const { one, two, conversation, document } = await pair(server);
  one.append(1, document, one.updateAt(document, 0, 2), 1);
  await one.next('ack');
  await server.advance(one, conversation, 1, [one.who, two.who]);
  one.append(2, document, one.updateAt(document, 0, 3), 1);
  assert.equal(await one.next('ack'), { type: 'ack', batch: 2, document, client: one.client, next: 2 });
  const stale = await one.next('error');
  assert.equal([stale.code, stale.batch], ['sync/stale', 2]);
  await server.stores.log.append(feedRecords(one.who, document, one.client, 1_022, 2));
  one.append(3, document, one.updateAt(document, 1_020, 5), 2);
  assert.equal([(await one.next('ack')).next, (await one.next('head')).count], [1_024, 1_024]);
  const closed = await one.next('error');
  assert.equal([closed.code, closed.batch], ['sync/segment-closed', 3]);
  // What is there under another body is a fork, not durable.
  one.append(4, document, one.updateAt(document, 1_023, 2, 1, 9), 1);
  const fork = await one.next('error');
  assert.equal([fork.code, fork.batch, one.all('ack').length], ['sync/fork', 4, 3]);
});

test('[S7] segments: the next opens at 256, none is skipped, a 1,025th is refused', async ({ server }) => {
  const { one, conversation, document } = await pair(server);
  const second = messages(conversation, 1);
  await server.stores.log.append(feedRecords(one.who, document, one.client, 255));
  one.append(1, second, one.updateAt(second, 0, 1));
  assert.is((await one.next('error')).code, 'sync/segment-closed');
  one.append(2, document, one.updateAt(document, 255, 1));
  await one.next('ack');
  const third = messages(conversation, 2);
  one.append(3, third, one.updateAt(third, 0, 1));
  assert.is((await one.next('error')).code, 'sync/segment-closed');
  one.append(4, second, one.updateAt(second, 0, 1));
  await one.next('ack');
  // The one before the newest still takes stragglers, up to its hard limit.
  await server.stores.log.append(feedRecords(one.who, document, one.client, 767, 256));
  one.append(5, document, one.updateAt(document, 1_023, 2));
  const refused = await one.next('error');
  assert.equal([refused.code, refused.retry, refused.batch], ['sync/segment-closed', 'anew', 5]);
  one.append(6, document, one.updateAt(document, 1_023, 1));
  assert.is((await one.next('ack')).next, 1_024);
  one.append(7, document, one.updateAt(document, 1_024, 1));
  assert.is((await one.next('error')).code, 'sync/segment-closed');
});

test('[S7] the newest segment never takes a 1,025th, whoever sends at once', async ({ server }) => {
  const { one, two, document } = await pair(server);
  await server.stores.log.append(feedRecords(one.who, document, one.client, 1_000));
  for (let batch = 1; batch <= 8; batch += 1) {
    one.append(batch, document, one.updateAt(document, 996 + batch * 4, 4));
    two.append(batch, document, two.updateAt(document, batch * 4 - 4, 4));
  }
  await one.settle();
  await one.until(
    () => (one.all('ack').length + one.all('error').length === 8 ? true : undefined),
    'answers',
  );
  await two.until(
    () => (two.all('ack').length + two.all('error').length === 8 ? true : undefined),
    'answers',
  );
  const vector = await server.stores.log.stateVector(document);
  const count = [...vector.values()].reduce((sum, next) => sum + next, 0);
  assert.ok(count <= 1_024, `${count} envelopes`);
  assert.ok(count > 1_000, 'something was taken');
});

test('[S7] two segments behind the newest takes nothing, but acknowledges what it holds', async ({
  server,
}) => {
  const { one, two, conversation, document } = await pair(server);
  for (const segment of [0, 1])
    await server.stores.log.append(feedRecords(one.who, messages(conversation, segment), one.client, 256));
  const newest = messages(conversation, 2);
  one.append(1, newest, one.updateAt(newest, 0, 1));
  await one.next('ack');
  two.append(1, document, two.updateAt(document, 0, 1));
  const head = await two.next('head');
  assert.equal([head.segment, head.count], [2, 1], 'told before it is refused');
  assert.is((await two.next('error')).code, 'sync/segment-closed');
  one.append(2, document, one.updateAt(document, 254, 2));
  assert.is((await one.next('ack')).next, 256);
});

test('[U4] an envelope, an update, a count over their limits are refused; the connection stays', async ({
  server,
}) => {
  const { one, document } = await pair(server);
  one.append(1, document, one.updateAt(document, 0, 1, 65_537));
  one.append(2, document, one.updateAt(document, 0, 5, 65_000));
  one.append(3, document, one.updateAt(document, 0, 257));
  for (const batch of [1, 2, 3]) {
    const error = await one.next('error');
    assert.equal([error.code, error.retry, error.batch], ['sync/too-large', 'never', batch]);
  }
  one.append(4, document, one.updateAt(document, 0, 1, 65_536));
  assert.is((await one.next('ack')).next, 1);
});

test('[U1] [U4] updates against the grammar are refused; the connection stays', async ({ server }) => {
  const { one, two, document } = await pair(server);
  const good = one.updateAt(document, 0, 1);
  const own = one.who;
  one.who = two.who;
  const otherRoot = one.updateAt(document, 0, 1);
  one.who = own;
  const bad = [
    new Uint8Array(0),
    Uint8Array.of(0, 0),
    good.subarray(0, -1),
    Uint8Array.from([...good, 0]),
    otherRoot,
  ];
  for (const [index, update] of bad.entries()) {
    one.append(index + 1, document, update);
    const error = await one.next('error');
    assert.equal([error.code, error.batch], ['sync/grammar', index + 1]);
  }
  assert.is((await server.stores.log.stateVector(document)).size, 0);
  one.append(9, document, good);
  assert.is((await one.next('ack')).next, 1);
});

test('[G2] a client id of another device, or of nobody, is refused; the connection stays', async ({
  server,
}) => {
  const { one, two, document } = await pair(server);
  const own = one.client;
  for (const client of [two.client, 12_345]) {
    one.client = client;
    one.append(1, document, one.updateAt(document, 0, 1));
    const error = await one.next('error');
    assert.equal([error.code, error.retry], ['sync/client-id', 'anew']);
  }
  one.client = own;
  one.append(2, document, one.updateAt(document, 0, 1));
  assert.is((await one.next('ack')).next, 1);
});

test('[A4] the state log takes nothing by append', async ({ server }) => {
  const { one, conversation } = await pair(server);
  const document = documentName(logName('s', conversation), 0);
  one.append(1, document, one.envelopes(document, 1).update);
  assert.is((await one.next('error')).code, 'sync/read-only');
});

test.run();

const delayed = suite('a slow store');

/** A log whose appends to `slow` documents wait for `release`. */
function held(log: LogStore, slow: (document: string) => boolean) {
  const waiting: (() => void)[] = [];
  const wrapped: LogStore = {
    append: async (records) => {
      if (slow(records[0]!.document)) await new Promise<void>((resolve) => waiting.push(resolve));
      return log.append(records);
    },
    read: (document, have) => log.read(document, have),
    stateVector: (document) => log.stateVector(document),
    head: (name) => log.head(name),
    erase: (name) => log.erase(name),
    tail: (listener) => log.tail(listener),
    close: () => log.close(),
  };
  return { wrapped, waiting };
}

delayed('[S1] nothing is acknowledged or broadcast before it is durable', async () => {
  let gate!: ReturnType<typeof held>;
  const server = await TestServer.start({
    wrapLog: (log) => {
      gate = held(log, (document) => document.startsWith('m.'));
      return gate.wrapped;
    },
  });
  const { one, two, document, log } = await pair(server);
  two.send({ type: 'subscribe', logs: [log] });
  await two.next('head');
  one.append(1, document, one.updateAt(document, 0, 1));
  while (gate.waiting.length === 0) await one.settle();
  await one.settle();
  await two.settle();
  assert.is(one.all('ack').length, 0);
  assert.equal(two.received(document), []);
  two.ask(document);
  await two.next('sync');
  assert.equal(two.received(document), [], 'nor is it read by anybody');
  gate.waiting.shift()!();
  await one.next('ack');
  await two.next('sync');
  assert.is(two.received(document).length, 1);
  await server.stop();
});

delayed('[W6] a slow document does not stall another one', async () => {
  let gate!: ReturnType<typeof held>;
  let slow = '';
  const server = await TestServer.start({
    wrapLog: (log) => {
      gate = held(log, (document) => document === slow);
      return gate.wrapped;
    },
  });
  const { one, two, document } = await pair(server);
  slow = document;
  const other = messages(await server.conversation(one, two.who));
  one.append(1, document, one.envelopes(document, 1).update);
  one.append(2, other, one.envelopes(other, 1).update);
  one.append(3, document, one.envelopes(document, 1).update);
  assert.is((await one.next('ack')).batch, 2);
  while (gate.waiting.length === 0) await one.settle();
  gate.waiting.shift()!();
  assert.is((await one.next('ack')).batch, 1);
  while (gate.waiting.length === 0) await one.settle();
  gate.waiting.shift()!();
  assert.is((await one.next('ack')).batch, 3);
  await server.stop();
});

delayed('[S9] a store that fails refuses for later; the same bytes go through afterwards', async () => {
  let broken = false;
  const { ProtocolError } = await import('@sotto/protocol');
  const unavailable = () => Promise.reject(new ProtocolError('sync/store-unavailable'));
  const server = await TestServer.start({
    wrapLog: (log) => ({
      append: (records) => (broken ? unavailable() : log.append(records)),
      read: (document, have) => (broken ? unavailable() : log.read(document, have)),
      stateVector: (document) => (broken ? unavailable() : log.stateVector(document)),
      head: (name) => (broken ? unavailable() : log.head(name)),
      erase: (name) => log.erase(name),
      tail: (listener) => log.tail(listener),
      close: () => log.close(),
    }),
  });
  const { one, document, log } = await pair(server);
  broken = true;
  const update = one.updateAt(document, 0, 1);
  one.append(1, document, update);
  one.ask(document);
  one.send({ type: 'subscribe', logs: [log] });
  for (const _ of [1, 2, 3]) {
    const error = await one.next('error');
    assert.equal([error.code, error.retry], ['sync/store-unavailable', 'later']);
  }
  assert.is(one.all('sync').length, 0, 'no empty answer');
  broken = false;
  one.append(2, document, update);
  assert.is((await one.next('ack')).next, 1);
  await server.stop();
});

delayed('[S7] a batch that is written while another one counts takes its place all the same', async () => {
  let gate!: ReturnType<typeof held>;
  const counted: (() => void)[] = [];
  let slow = false;
  const server = await TestServer.start({
    wrapLog: (log) => {
      gate = held(log, (document) => slow && document.startsWith('m.'));
      return {
        ...gate.wrapped,
        head: async (name) => {
          const head = await log.head(name);
          // The first batch has counted already and is being written.
          if (gate.waiting.length > 0) await new Promise<void>((resolve) => counted.push(resolve));
          return head;
        },
      };
    },
  });
  const { one, two, document } = await pair(server);
  await server.stores.log.append(feedRecords(one.who, document, one.client, 1_020));
  slow = true;
  one.append(1, document, one.updateAt(document, 1_020, 4));
  while (gate.waiting.length === 0) await one.settle();
  two.append(1, document, two.updateAt(document, 0, 4));
  while (counted.length === 0) await two.settle();
  slow = false;
  gate.waiting.shift()!();
  assert.is((await one.next('ack')).next, 1_024);
  counted.shift()!();
  assert.is((await two.next('error')).code, 'sync/segment-closed');
  assert.equal(await server.stores.log.stateVector(document), new Map([[one.client, 1_024]]));
  await server.stop();
});

delayed('[S11] too fast refuses that batch with a time to wait; nothing taken is lost', async () => {
  let now = Date.now();
  const server = await TestServer.start({ limits: { appendBurst: 10, appendPerSecond: 10 }, now: () => now });
  const { one, document } = await pair(server);
  // Creating the conversation took one of the ten.
  one.append(1, document, one.updateAt(document, 0, 9));
  one.append(2, document, one.updateAt(document, 9, 5));
  assert.is((await one.next('ack')).next, 9);
  const error = await one.next('error');
  assert.equal(
    [error.code, error.retry, error.batch, error.retryAfterMs],
    ['sync/too-fast', 'later', 2, 500],
  );
  now += 500;
  one.append(3, document, one.updateAt(document, 9, 5));
  assert.is((await one.next('ack')).next, 14);
  await server.stop();
});

delayed('[S11] the pace is one of bytes as well', async () => {
  let now = Date.now();
  const limits = { appendBurst: 100, appendPerSecond: 10, appendBytesEach: 1_000 };
  const server = await TestServer.start({ limits, now: () => now });
  const { one, document } = await pair(server);
  one.append(1, document, one.updateAt(document, 0, 2, 40_000));
  one.append(2, document, one.updateAt(document, 2, 1, 40_000));
  assert.is((await one.next('ack')).next, 2);
  const error = await one.next('error');
  assert.equal([error.code, error.retry, error.batch], ['sync/too-fast', 'later', 2]);
  assert.ok(error.retryAfterMs > 2_000 && error.retryAfterMs < 2_200, `${error.retryAfterMs} ms`);
  one.append(3, document, one.updateAt(document, 2, 1));
  assert.is((await one.next('ack')).next, 3, 'a small one goes');
  now += error.retryAfterMs + 100;
  one.append(4, document, one.updateAt(document, 3, 1, 40_000));
  assert.is((await one.next('ack')).next, 4);
  await server.stop();
});

delayed(
  '[S11] a stranger fills no inbox: what fits is acknowledged, the rest waits; other inboxes stay open',
  async () => {
    let now = Date.now();
    const server = await TestServer.start({ limits: { inboxBurst: 4, inboxPerSecond: 0.1 }, now: () => now });
    const [one, two] = [await server.device(person()), await server.device(person())];
    const inbox = documentName(logName('i', person().device), 0);
    one.append(1, inbox, one.updateAt(inbox, 0, 6), 0);
    assert.equal(await one.next('ack'), {
      type: 'ack',
      batch: 1,
      document: inbox,
      client: one.client,
      next: 4,
    });
    const error = await one.next('error');
    assert.equal(
      [error.code, error.batch, error.retryAfterMs, error.retry],
      ['sync/too-fast', 1, 10_000, 'later'],
    );
    one.append(2, inbox, one.updateAt(inbox, 4, 2), 0);
    assert.is((await one.next('error')).code, 'sync/too-fast');
    assert.is((await server.stores.log.stateVector(inbox)).get(one.client), 4);
    const other = documentName(logName('i', person().device), 0);
    one.append(3, other, one.updateAt(other, 0, 4), 0);
    two.append(3, inbox, two.updateAt(inbox, 0, 4), 0);
    assert.equal([(await one.next('ack')).next, (await two.next('ack')).next], [4, 4]);
    now += 20_000;
    one.append(4, inbox, one.updateAt(inbox, 4, 2), 0);
    assert.is((await one.next('ack')).next, 6);
    await server.stop();
  },
);

delayed.run();
