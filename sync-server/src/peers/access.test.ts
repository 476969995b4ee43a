import type { LogKind, LogName } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import { AccessLists, deviceListKey, sessionEndedKey } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accessToken, feedRecords, messages, person, TestServer } from '../testing/server.js';

const test = suite<{ server: TestServer }>('access');

test.before.each(async (context) => {
  context.server = await TestServer.start();
});
test.after.each(async ({ server }) => {
  assert.equal(server.logged, []);
  await server.stop();
});

test('[A2] [A5] [A6] a stranger reads no conversation, account or inbox of others', async ({ server }) => {
  const [ann, eve] = [person(), person()];
  const one = await server.device(ann);
  const conversation = await server.conversation(one);
  const logs: LogName[] = [
    ...(['m', 's', 'r'] as const).map((kind) => logName(kind, conversation)),
    logName('a', ann.account),
    logName('k', ann.account),
    logName('i', ann.device),
    // One that nobody made looks the same.
    logName('m', randomId()),
  ];
  const stranger = await server.device(eve);
  for (const log of logs) {
    const document = documentName(log, 0);
    stranger.send({ type: 'subscribe', logs: [log] });
    const refused = await stranger.next('error');
    assert.equal([refused.code, refused.subject], ['sync/not-a-member', log]);
    stranger.ask(document);
    assert.is((await stranger.next('error')).code, 'sync/not-a-member');
    stranger.send({ type: 'awareness', log, payload: Uint8Array.of(1) });
    assert.is((await stranger.next('error')).code, 'sync/not-a-member');
    if (log.startsWith('i.')) continue;
    stranger.append(1, document, stranger.updateAt(document, 0, 1));
    assert.equal([(await stranger.next('error')).code], ['sync/not-a-member']);
  }
  one.append(1, messages(conversation), one.updateAt(messages(conversation), 0, 1));
  await one.next('ack');
  await stranger.settle();
  assert.is(stranger.all('sync').length + stranger.all('head').length, 0);
});

test('[A6] any device appends to an inbox; its device alone reads', async ({ server }) => {
  const [ann, ben] = [person(), person()];
  const [one, two] = [await server.device(ann), await server.device(ben)];
  const log = logName('i', ann.device);
  const document = documentName(log, 0);
  one.send({ type: 'subscribe', logs: [log] });
  await one.next('head');
  two.append(1, document, two.updateAt(document, 0, 2), 0);
  assert.is((await two.next('ack')).next, 2);
  await one.next('sync');
  assert.is(one.received(document).length, 2);
  const sister = await server.device({ ...person(ann.account) });
  sister.send({ type: 'subscribe', logs: [log] });
  assert.is((await sister.next('error')).code, 'sync/not-a-member');
});

test("[A5] an account's logs are its own devices'", async ({ server }) => {
  const ann = person();
  const [one, sister] = [await server.device(ann), await server.device(person(ann.account))];
  for (const kind of ['a', 'k'] as LogKind[]) {
    const log = logName(kind, ann.account);
    const document = documentName(log, 0);
    sister.send({ type: 'subscribe', logs: [log] });
    await sister.next('head');
    one.append(1, document, one.updateAt(document, 0, 1), 0);
    await one.next('ack');
    await sister.next('sync');
    assert.equal(sister.received(document), [`${one.client}:0`]);
  }
});

test('[W7] [A4] advancing: who is not on the list, or no admin, changes nothing', async ({ server }) => {
  const [ann, ben, eve] = [person(), person(), person()];
  const [one, two, three] = [await server.device(ann), await server.device(ben), await server.device(eve)];
  const conversation = await server.conversation(one, ben);
  const document = documentName(logName('s', conversation), 0);
  const change = { kind: 'group', members: [{ account: eve.account, role: 'admin' }] } as const;
  for (const device of [two, three]) {
    const { update } = device.envelopes(document, 1);
    device.send({ type: 'advance', batch: 4, counter: 1, conversation, change, document, update });
    const error = await device.next('error');
    assert.equal([error.code, error.batch], ['auth/forbidden', 4]);
    await device.settle();
  }
  assert.is((await server.access.current(conversation))?.counter, 1);
  assert.is((await server.stores.log.head(logName('s', conversation))).count, 1);
});

test('[W7] advancing twice with the same bytes is answered twice; from a passed counter it is stale', async ({
  server,
}) => {
  const [ann, ben] = [person(), person()];
  const one = await server.device(ann);
  const conversation = randomId<never>();
  const document = documentName(logName('s', conversation), 0);
  const change = { kind: 'group', members: [{ account: ann.account, role: 'admin' }] } as const;
  const { update } = one.envelopes(document, 1);
  const frame = { type: 'advance', counter: 0, conversation, change, document, update } as const;
  one.send({ ...frame, batch: 1 }, { ...frame, batch: 2 });
  assert.equal([(await one.next('advanced')).counter, (await one.next('advanced')).counter], [1, 1]);
  assert.is((await server.stores.log.head(logName('s', conversation))).count, 1);
  const more = {
    kind: 'group',
    members: [...change.members, { account: ben.account, role: 'member' }],
  } as const;
  one.send({ ...frame, batch: 3, change: more, update: one.envelopes(document, 1).update });
  const error = await one.next('error');
  assert.equal([error.code, error.retry, error.batch], ['sync/stale', 'anew', 3]);
});

test('[W7] an advance whose document is not the state log of its conversation is refused', async ({
  server,
}) => {
  const one = await server.device(person());
  const conversation = await server.conversation(one);
  const change = { kind: 'group', members: [{ account: one.who.account, role: 'admin' }] } as const;
  for (const document of [messages(conversation), documentName(logName('s', randomId()), 0)]) {
    const { update } = one.envelopes(document, 1);
    one.send({ type: 'advance', batch: 1, counter: 1, conversation, change, document, update });
    assert.is((await one.next('error')).code, 'sync/grammar');
  }
});

test('[W11] everybody concerned hears of a change of access', async ({ server }) => {
  const [ann, ben, cleo] = [person(), person(), person()];
  const [one, two, three] = [await server.device(ann), await server.device(ben), await server.device(cleo)];
  const conversation = await server.conversation(one, ben);
  assert.equal((await two.next('notice')).notice, { kind: 'access', conversation, counter: 1, member: true });
  await server.advance(one, conversation, 1, [ann, cleo]);
  assert.equal((await two.next('notice')).notice, {
    kind: 'access',
    conversation,
    counter: 2,
    member: false,
  });
  assert.equal((await three.next('notice')).notice, {
    kind: 'access',
    conversation,
    counter: 2,
    member: true,
  });
});

test("[S10] a removed member's subscriptions end at once, its other ones do not", async ({ server }) => {
  const [ann, ben] = [person(), person()];
  const [one, two] = [await server.device(ann), await server.device(ben)];
  const conversation = await server.conversation(one, ben);
  const kept = await server.conversation(one, ben);
  const logs = (['m', 'r', 's'] as const).map((kind) => logName(kind, conversation));
  two.send({ type: 'subscribe', logs: [...logs, logName('m', kept)] });
  for (const _ of [1, 2, 3, 4]) await two.next('head');
  await server.advance(one, conversation, 1, [ann]);
  await two.until(
    () => two.all('notice').find(({ notice }) => notice.kind === 'access' && !notice.member),
    'notice',
  );
  const document = messages(conversation);
  one.append(1, document, one.updateAt(document, 0, 1), 2);
  one.append(2, messages(kept), one.updateAt(messages(kept), 0, 1), 1);
  await two.until(
    () => (two.received(messages(kept)).length === 1 ? true : undefined),
    'the other conversation',
  );
  await two.settle();
  assert.equal(two.received(document), []);
  assert.is(two.all('sync').filter((frame) => frame.document.startsWith(`s.${conversation}`)).length, 0);
  two.ask(document);
  assert.is((await two.next('error')).code, 'sync/not-a-member');
  two.append(1, document, two.updateAt(document, 0, 1), 2);
  assert.is((await two.next('error')).code, 'sync/not-a-member');
});

test('[S10] a removal while access is still being looked up wins; nothing is delivered before', async () => {
  const waiting: (() => void)[] = [];
  let hold = '';
  const server = await TestServer.start({
    remembered: 1,
    wrapClaims: (claims) => ({
      claim: (...call) => claims.claim(...call),
      confirm: (claim) => claims.confirm(claim),
      release: (claim) => claims.release(claim),
      own: (...call) => claims.own(...call),
      get: (key) => claims.get(key),
      list: async (range) => {
        const found = await claims.list(range);
        if (hold && range.prefix.includes(hold)) await new Promise<void>((resolve) => waiting.push(resolve));
        return found;
      },
      remove: (key) => claims.remove(key),
      erase: (keys) => claims.erase(keys),
      watch: (prefix, listener) => claims.watch(prefix, listener),
    }),
  });
  const [ann, ben] = [person(), person()];
  const [one, two] = [await server.device(ann), await server.device(ben)];
  const conversation = await server.conversation(one, ben);
  const log = logName('m', conversation);
  const document = messages(conversation);
  one.append(1, document, one.updateAt(document, 0, 1));
  await one.next('ack');
  // Another conversation is asked for, so that this one's list must be looked up again.
  await server.conversation(one);
  hold = conversation;
  two.send({ type: 'subscribe', logs: [log] });
  // Ann gives up again before the answer is there.
  one.send({ type: 'subscribe', logs: [log] }, { type: 'unsubscribe', logs: [log] });
  while (waiting.length === 0) await two.settle();
  await one.settle();
  hold = '';
  await server.stores.log.append(feedRecords(ann, document, one.client, 1, 1));
  // On another server.
  const elsewhere = new AccessLists(server.stores.log, server.stores.claims);
  const state = documentName(logName('s', conversation), 0);
  await elsewhere.advance({
    conversation,
    counter: 1,
    change: { kind: 'group', members: [{ account: ann.account, role: 'admin' }] },
    by: ann,
    records: feedRecords(ann, state, one.client, 1, 1),
  });
  elsewhere.close();
  for (const go of waiting) go();
  await server.stores.log.append(feedRecords(ann, document, one.client, 1, 2));
  await two.settle();
  await two.settle();
  assert.equal(two.received(document), []);
  await one.settle();
  assert.is(two.all('head').length + one.all('head').length, 0);
  await server.stop();
});

test('[A2] [W11] a stranger whose subscription is still being looked up is told nothing', async () => {
  const waiting: (() => void)[] = [];
  let hold = '';
  const server = await TestServer.start({
    remembered: 1,
    wrapClaims: (claims) => ({
      claim: (...call) => claims.claim(...call),
      confirm: (claim) => claims.confirm(claim),
      release: (claim) => claims.release(claim),
      own: (...call) => claims.own(...call),
      get: (key) => claims.get(key),
      list: async (range) => {
        const found = await claims.list(range);
        if (hold && range.prefix.includes(hold)) await new Promise<void>((resolve) => waiting.push(resolve));
        return found;
      },
      remove: (key) => claims.remove(key),
      erase: (keys) => claims.erase(keys),
      watch: (prefix, listener) => claims.watch(prefix, listener),
    }),
  });
  const [ann, ben, eve] = [person(), person(), person()];
  const [one, two] = [await server.device(ann), await server.device(eve)];
  const conversation = await server.conversation(one, ben);
  // Another conversation is asked for, so that this one's list must be looked up again.
  await server.conversation(one);
  hold = conversation;
  two.send({ type: 'subscribe', logs: [logName('m', conversation)] });
  while (waiting.length === 0) await two.settle();
  hold = '';
  await server.stores.claims.own(deviceListKey(ann.account, 2), new Uint8Array());
  const elsewhere = new AccessLists(server.stores.log, server.stores.claims);
  await elsewhere.advance({
    conversation,
    counter: 1,
    change: { kind: 'group', members: [{ account: ann.account, role: 'admin' }] },
    by: ann,
    records: feedRecords(ann, documentName(logName('s', conversation), 0), one.client, 1, 1),
  });
  elsewhere.close();
  for (const go of waiting) go();
  await one.until(
    () => one.all('notice').find(({ notice }) => notice.kind === 'access' && notice.counter === 2),
    'the notice of a member',
  );
  await one.until(() => one.all('notice').find(({ notice }) => notice.kind === 'devices'), 'her own devices');
  assert.is((await two.next('error')).code, 'sync/not-a-member');
  await two.settle();
  assert.equal(two.all('notice'), []);
  assert.is(two.all('error').length, 1);
  await server.stop();
});

test('[S10] a removal while a subscription is being opened wins', async () => {
  const waiting: (() => void)[] = [];
  let hold = false;
  const server = await TestServer.start({
    wrapLog: (log) => ({
      append: (records) => log.append(records),
      read: (document, have) => log.read(document, have),
      stateVector: (document) => log.stateVector(document),
      head: async (name) => {
        if (hold && name.startsWith('m.')) await new Promise<void>((resolve) => waiting.push(resolve));
        return log.head(name);
      },
      erase: (name) => log.erase(name),
      tail: (listener) => log.tail(listener),
      close: () => log.close(),
    }),
  });
  const [ann, ben] = [person(), person()];
  const [one, two] = [await server.device(ann), await server.device(ben)];
  const conversation = await server.conversation(one, ben);
  const log = logName('m', conversation);
  hold = true;
  two.send({ type: 'subscribe', logs: [log] });
  while (waiting.length === 0) await two.settle();
  hold = false;
  await server.advance(one, conversation, 1, [ann]);
  waiting.shift()!();
  const document = messages(conversation);
  one.append(1, document, one.updateAt(document, 0, 1), 2);
  await one.next('ack');
  await two.settle();
  assert.is(two.all('head').length, 0);
  assert.equal(two.received(document), []);
  await server.stop();
});

test('[S10] a session that ends closes its sockets within a second, and only its own', async ({ server }) => {
  const ann = person();
  const one = await server.device(ann);
  const other = await server.device({ ...ann, session: randomId() });
  await server.stores.claims.own(sessionEndedKey(ann.session), new Uint8Array());
  const error = await one.next('error');
  assert.equal([error.code, error.retry], ['auth/session-invalid', 'sign-in']);
  assert.is(await one.closed(), 4401);
  await other.settle();
  const back = await server.connect();
  back.hello(await accessToken(ann));
  assert.is((await back.next('error')).code, 'auth/session-invalid');
});

test('[W11] a new device list is told to own devices and to who shares a subscribed conversation', async ({
  server,
}) => {
  const [ann, ben, eve] = [person(), person(), person()];
  const [one, two, three] = [await server.device(ann), await server.device(ben), await server.device(eve)];
  const conversation = await server.conversation(one, ben);
  two.send({ type: 'subscribe', logs: [logName('m', conversation)] });
  three.send({ type: 'subscribe', logs: [logName('a', eve.account)] });
  await Promise.all([two.next('head'), three.next('head')]);
  await server.stores.claims.own(deviceListKey(ann.account, 7), new Uint8Array());
  for (const device of [one, two]) {
    const notice = await device.until(
      () => device.all('notice').find((frame) => frame.notice.kind === 'devices'),
      'devices notice',
    );
    assert.equal(notice.notice, { kind: 'devices', account: ann.account, version: 7 });
  }
  await three.settle();
  assert.is(three.all('notice').length, 0);
});

test('[W10] awareness goes to the other subscribers, and is bounded in size and rate', async ({ server }) => {
  const [ann, ben] = [person(), person()];
  const [one, two] = [await server.device(ann), await server.device(ben)];
  const conversation = await server.conversation(one, ben);
  const log = logName('m', conversation);
  one.send({ type: 'subscribe', logs: [log] });
  two.send({ type: 'subscribe', logs: [log] });
  await Promise.all([one.next('head'), two.next('head')]);
  const payload = Uint8Array.of(1, 2, 3);
  one.send({ type: 'awareness', log, payload });
  assert.equal(await two.next('awareness'), { type: 'awareness', log, payload });
  one.send({ type: 'awareness', log, payload: new Uint8Array(2_049) });
  assert.is((await one.next('error')).code, 'sync/too-large');
  for (let count = 0; count < 100; count += 1) one.send({ type: 'awareness', log, payload });
  await one.settle();
  await two.settle();
  assert.ok(two.all('awareness').length < 60, `${two.all('awareness').length} passed on`);
  assert.is(one.all('awareness').length, 0);
  assert.is((await server.stores.log.head(log)).count, 0);
});

test('[W4] unsubscribing ends what a log sends', async ({ server }) => {
  const [ann, ben] = [person(), person()];
  const [one, two] = [await server.device(ann), await server.device(ben)];
  const conversation = await server.conversation(one, ben);
  const log = logName('m', conversation);
  two.send({ type: 'subscribe', logs: [log] });
  await two.next('head');
  two.send({ type: 'unsubscribe', logs: [log] });
  await two.settle();
  const document = messages(conversation);
  one.append(1, document, one.updateAt(document, 0, 1));
  await one.next('ack');
  await two.settle();
  assert.equal(two.received(document), []);
});

test('[S6] [A2] a list that was replaced at another server turns nobody away here, before this one heard of it', async () => {
  const deaf = await TestServer.start({
    wrapClaims: (claims) => ({
      claim: (...args) => claims.claim(...args),
      confirm: (claim) => claims.confirm(claim),
      release: (claim) => claims.release(claim),
      own: (...args) => claims.own(...args),
      get: (key) => claims.get(key),
      list: (range) => claims.list(range),
      remove: (key) => claims.remove(key),
      erase: (keys) => claims.erase(keys),
      watch: () => () => undefined,
    }),
  });
  const [one, two] = [await deaf.device(person()), await deaf.device(person())];
  const conversation = await deaf.conversation(one);
  const document = messages(conversation);
  two.ask(document);
  assert.is((await two.next('error')).code, 'sync/not-a-member');
  const elsewhere = new AccessLists(deaf.stores.log, deaf.stores.claims);
  const { account, device } = one.who;
  await elsewhere.advance({
    conversation,
    counter: 1,
    change: {
      kind: 'group',
      members: [
        { account, role: 'admin' },
        { account: two.who.account, role: 'member' },
      ],
    },
    by: { account, device },
    records: feedRecords(one.who, documentName(logName('s', conversation), 0), 77, 1),
  });
  one.append(1, document, one.envelopes(document, 1).update, 2);
  assert.is((await one.next('ack')).next, 1);
  two.send({ type: 'subscribe', logs: [logName('m', conversation)] });
  assert.is((await two.next('head')).count, 1);
  elsewhere.close();
  await deaf.stop();
});

test.run();
