import type { AccountId, DeviceId, DocumentName, SessionId } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestDevice } from '../testing/device.js';
import { messages, type Person, person, TestServer } from '../testing/server.js';

const test = suite('limits of accounts');

/** Another device of somebody. */
function again({ account }: Person): Person {
  return { account, device: randomId<DeviceId>(), session: randomId<SessionId>() };
}

/** A store that keeps appends to these documents waiting. */
class Gate {
  readonly held = new Set<DocumentName>();
  #waiting: (() => void)[] = [];
  #open = false;

  get waiting(): number {
    return this.#waiting.length;
  }

  open(): void {
    this.#open = true;
    for (const go of this.#waiting.splice(0)) go();
  }

  readonly wrap = (log: LogStore): LogStore => ({
    append: async (records, stands, dependsOn) => {
      if (!this.#open && this.held.has(records[0]!.document))
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return log.append(records, stands, dependsOn);
    },
    read: (document, have, most) => log.read(document, have, most),
    stateVector: (document) => log.stateVector(document),
    head: (name) => log.head(name),
    tail: (listener, interrupted) => log.tail(listener, interrupted),
    erase: (...asked) => log.erase(...asked),
    close: () => log.close(),
  });
}

const accountLog = (account: AccountId, segment = 0) => documentName(logName('a', account), segment);
const answers = (device: TestDevice) => device.all('ack').length + device.all('error').length;

test('[S11] the devices of an account write so much together, whatever the documents; another account does not feel it', async () => {
  const server = await TestServer.start({ limits: { accountAppendBurst: 20, accountAppendPerSecond: 2 } });
  const ann = person();
  const devices = await Promise.all([ann, again(ann), again(ann)].map((who) => server.device(who)));
  const bob = await server.device(person());
  const [one, two, three] = devices as [TestDevice, TestDevice, TestDevice];
  const document = accountLog(ann.account);
  one.append(1, document, one.envelopes(document, 12).update, 0);
  await one.next('ack');
  const inbox = documentName(logName('i', bob.who.device), 0);
  two.append(1, inbox, two.envelopes(inbox, 7).update, 0);
  await two.next('ack');
  three.append(1, document, three.envelopes(document, 4).update, 0);
  const error = await three.next('error');
  assert.equal([error.code, error.retry, error.batch], ['sync/too-fast', 'later', 1]);
  assert.ok(error.retryAfterMs > 0 && error.retryAfterMs <= 1_500, `${error.retryAfterMs}`);
  const own = accountLog(bob.who.account);
  bob.append(1, own, bob.envelopes(own, 15).update, 0);
  await bob.next('ack');
  // The same bytes, once it was waited for.
  await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs));
  three.append(2, document, three.updateAt(document, 0, 4), 0);
  assert.is((await three.next('ack')).next, 4);
  await server.stop();
});

test('[S11] [W6] what an account has asked for and is not done is bounded over all its sockets: the rest is refused in its turn with a time to wait, and nothing is kept of it', async () => {
  const gate = new Gate();
  const bound = 100_000;
  const server = await TestServer.start({ limits: { accountPendingBytes: bound }, wrapLog: gate.wrap });
  const ann = person();
  const devices = await Promise.all(
    Array.from({ length: 4 }, (_, index) => server.device(index ? again(ann) : ann)),
  );
  const bob = await server.device(person());
  const size = 8_000;
  const documents: DocumentName[] = [];
  for (const device of devices) {
    const conversation = await server.conversation(device);
    const document = messages(conversation);
    documents.push(document);
    gate.held.add(document);
  }
  const count = 20;
  for (const [index, device] of devices.entries())
    for (let batch = 1; batch <= count; batch += 1)
      device.append(batch, documents[index]!, device.envelopes(documents[index]!, 1, size).update);
  // Behind it on the same sockets: all of it was read.
  for (const device of devices) {
    device.send({ type: 'ping' });
    await device.next('pong');
  }
  assert.ok(server.sync.pending > bound - 2 * size && server.sync.pending <= bound, `${server.sync.pending}`);
  const conversation = await server.conversation(bob);
  bob.append(1, messages(conversation), bob.envelopes(messages(conversation), 1, size).update);
  await bob.next('ack');
  gate.open();
  let acknowledged = 0;
  for (const device of devices) {
    await device.until(() => answers(device) === count || undefined, 'an answer for each batch');
    const refused = device.all('error').filter(({ code }) => code === 'sync/too-fast');
    acknowledged += device.all('ack').length;
    for (const { retry, retryAfterMs } of refused) assert.equal([retry, retryAfterMs], ['later', 1_000]);
  }
  const fitting = Math.floor(bound / (size + 600));
  assert.ok(acknowledged >= fitting - 4 && acknowledged <= fitting + 1, `${acknowledged} acknowledged`);
  assert.is(server.sync.pending, 0);
  // Sent again, everything comes through.
  for (const [index, device] of devices.entries()) {
    const from = device.all('ack').length;
    for (let clock = from; clock < count; clock += 1) {
      device.append(1_000 + clock, documents[index]!, device.updateAt(documents[index]!, clock, 1, size));
      await device.until(() => device.all('ack').find(({ batch }) => batch === 1_000 + clock), 'its turn');
    }
    assert.is((await server.stores.log.stateVector(documents[index]!)).get(device.client), count);
  }
  await server.stop();
});

test('[S11] what everybody asked for together is bounded, and given back when sockets are cut', async () => {
  const gate = new Gate();
  const bound = 60_000;
  const server = await TestServer.start({ limits: { serverPendingBytes: bound }, wrapLog: gate.wrap });
  const people = await Promise.all(Array.from({ length: 5 }, () => server.device(person())));
  for (const device of people) {
    const document = accountLog(device.who.account);
    gate.held.add(document);
    for (let batch = 1; batch <= 4; batch += 1)
      device.append(batch, document, device.envelopes(document, 1, 8_000).update, 0);
    device.send({ type: 'ping' });
    await device.next('pong');
  }
  assert.ok(server.sync.pending <= bound && server.sync.pending > bound - 9_000, `${server.sync.pending}`);
  server.cut();
  while (server.sync.connections > 0) await new Promise(setImmediate);
  gate.open();
  while (server.sync.pending > 0) await new Promise(setImmediate);
  const late = await server.device(person());
  const document = accountLog(late.who.account);
  for (let batch = 1; batch <= 10; batch += 1)
    late.append(batch, document, late.envelopes(document, 1, 8_000).update, 0);
  await late.until(() => answers(late) === 10 || undefined, 'answers');
  const codes = new Set(late.all('error').map(({ code, retry }) => `${code} ${retry}`));
  assert.ok([...codes].every((code) => code === 'sync/store-unavailable later' || code === 'sync/gap anew'));
  await server.stop();
});

test('[S11] an account opens and asks for so much at a time, by all its sockets', async () => {
  const server = await TestServer.start({ limits: { accountReadBurst: 10, accountReadsPerSecond: 1 } });
  const ann = person();
  const [one, two] = [await server.device(ann), await server.device(again(ann))];
  const log = logName('a', ann.account);
  for (let time = 0; time < 5; time += 1) {
    one.send({ type: 'subscribe', logs: [log] });
    await one.next('head');
    two.ask(documentName(log, 0));
    await two.next('sync');
  }
  two.send({ type: 'subscribe', logs: [log] });
  const opening = await two.next('error');
  assert.equal([opening.code, opening.retry, opening.subject], ['sync/too-fast', 'later', log]);
  one.ask(documentName(log, 0));
  const asking = await one.next('error');
  assert.equal([asking.code, asking.subject], ['sync/too-fast', documentName(log, 0)]);
  assert.ok(opening.retryAfterMs > 0 && asking.retryAfterMs > 0);
  const other = await server.device(person());
  other.send({ type: 'subscribe', logs: [logName('a', other.who.account)] });
  await other.next('head');
  await server.stop();
});

test.run();
