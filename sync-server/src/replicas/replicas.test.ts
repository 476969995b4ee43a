import { documentName, logName } from '@sotto/protocol';
import { ban, liftBan, sessionEndedKey } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestDevice } from '../testing/device.js';
import type { Replica } from '../testing/processes.js';
import { Cluster, until } from '../testing/processes.js';
import { accessToken, messages, person } from '../testing/server.js';

const test = suite<{ cluster: Cluster; replicas: [Replica, Replica, Replica] }>('replicas');

test.before(async (context) => {
  context.cluster = await Cluster.start(3);
  context.replicas = context.cluster.replicas as [Replica, Replica, Replica];
});
test.after(({ cluster }) => cluster.stop());

const lease = (number: number) => ({ number, nonce: new Uint8Array(16).fill(number) });

async function subscribed(device: TestDevice, ...logs: Parameters<typeof logName>[]): Promise<void> {
  device.send({ type: 'subscribe', logs: logs.map(([kind, owner]) => logName(kind, owner)) });
  for (const _ of logs) await device.next('head');
}

test('S1 W4 what one server makes durable reaches the members at the others once, and is read from any', async ({
  replicas,
}) => {
  const people = [person(), person(), person()];
  const devices = await Promise.all(people.map((who, index) => replicas[index]!.device(who)));
  const [ann, bob, cleo] = devices as [TestDevice, TestDevice, TestDevice];
  const conversation = await replicas[0].conversation(ann, bob.who, cleo.who);
  const document = messages(conversation);
  for (const device of devices) await subscribed(device, ['m', conversation]);
  const rounds = 30;
  for (let round = 1; round <= rounds; round += 1)
    for (const device of devices) device.append(round, document, device.envelopes(document, 1).update);
  for (const device of devices)
    await device.until(() => device.all('ack').length === rounds || undefined, 'acknowledgements');
  const written = (device: TestDevice) =>
    Array.from({ length: rounds }, (_, clock) => `${device.client}:${clock}`);
  for (const device of devices) {
    const expected = devices.filter((other) => other !== device).flatMap(written);
    await device.until(() => device.received(document).length >= expected.length || undefined, 'updates');
    await device.settle();
    assert.equal(device.received(document).sort(), expected.sort());
    assert.equal(device.all('error'), []);
  }
  const late = await replicas[2].device({ ...people[0]!, device: person().device });
  late.ask(document);
  await late.until(() => (late.received(document).length === 3 * rounds ? true : undefined), 'everything');
});

test('S10 W11 who is removed at one server receives and writes nothing more at another', async ({
  replicas,
}) => {
  const ann = await replicas[0].device(person());
  const bob = await replicas[1].device(person());
  const conversation = await replicas[0].conversation(ann, bob.who);
  const document = messages(conversation);
  await subscribed(bob, ['m', conversation]);
  let batch = 0;
  let stopped = false;
  // He writes without a pause while he is removed.
  const writing = (async () => {
    while (!stopped) {
      batch += 1;
      bob.append(batch, document, bob.envelopes(document, 1).update);
      await bob.settle();
    }
  })();
  await bob.until(() => (bob.all('ack').length > 3 ? true : undefined), 'acknowledgements');
  await replicas[0].advance(ann, conversation, 1, [ann.who]);
  // From the moment in which she is told that it is done, nothing of his becomes durable.
  ann.ask(document);
  await ann.until(
    () => ann.all('sync').some(({ message }) => message.step === 'answer') || undefined,
    'the answer',
  );
  const durable = ann.received(document).length;
  await bob.until(
    () => bob.all('notice').find(({ notice }) => notice.kind === 'access' && !notice.member),
    'the notice of the removal',
  );
  await bob.settle();
  stopped = true;
  await writing;
  const later = await replicas[2].device({ ...ann.who, device: person().device });
  later.ask(document);
  await later.until(
    () => later.all('sync').some(({ message }) => message.step === 'answer') || undefined,
    'the answer',
  );
  assert.is(later.received(document).length, durable);
  assert.ok(bob.all('ack').length <= durable, 'nothing else was acknowledged');
  const refusals = new Set(bob.all('error').map(({ code }) => code));
  assert.ok(refusals.size > 0);
  for (const code of refusals)
    assert.ok(['sync/not-a-member', 'sync/gap', 'sync/stale'].includes(code), code);
  const before = bob.received(document).length;
  ann.append(1, document, ann.envelopes(document, 1).update, 2);
  await ann.next('ack');
  await bob.settle();
  assert.is(bob.received(document).length, before);
  bob.ask(document);
  const refusal = await bob.until(() => bob.all('error').find(({ batch }) => batch === 0), 'a refusal');
  assert.is(refusal.code, 'sync/not-a-member');
});

test('S10 a session that ends closes its sockets at every server', async ({ cluster, replicas }) => {
  const who = person();
  const devices = await Promise.all(replicas.map((replica) => replica.device(who)));
  const other = await replicas[1].device({ ...who, session: person().session });
  const stores = await cluster.stores();
  await stores.claims.own(sessionEndedKey(who.session), new Uint8Array());
  for (const device of devices) {
    assert.is(await device.closed(), 4401);
    assert.equal(
      device.all('error').map(({ code }) => code),
      ['auth/session-invalid'],
    );
  }
  await other.settle();
  const back = await replicas[2].connect();
  back.hello(await accessToken(who));
  assert.is(await back.closed(), 4401);
});

test('S10 an account that is banned is put out of every server, whatever its sessions, and stays out until it is let in again; others stay', async ({
  cluster,
  replicas,
}) => {
  const ann = person();
  const tablet = { ...person(), account: ann.account };
  const devices = await Promise.all(
    replicas.flatMap((replica) => [replica.device(ann), replica.device(tablet)]),
  );
  const bob = await replicas[0].device(person());
  const stores = await cluster.stores();
  await ban(stores.claims, ann.account);
  const own = documentName(logName('a', ann.account), 0);
  const before = await stores.log.head(logName('a', ann.account));
  for (const device of devices) device.append(9, own, device.envelopes(own, 1).update, 0);
  for (const device of devices) {
    assert.is(await device.closed(), 4403);
    assert.equal(
      device.all('error').map(({ code }) => code),
      ['auth/forbidden'],
    );
    assert.is(device.all('ack').length, 0, 'nothing of it is written once the ban was answered');
  }
  assert.equal(await stores.log.head(logName('a', ann.account)), before);
  for (const replica of replicas) {
    const back = await replica.connect();
    back.hello(await accessToken(ann));
    assert.is(await back.closed(), 4403);
  }
  await bob.settle();
  await liftBan(stores.claims, ann.account);
  for (const replica of replicas) await replica.device(ann);
});

test('G4 a newer lease at one server closes the older life at the others, which then has written all that it ever will', async ({
  replicas,
}) => {
  const who = person();
  const older = await replicas[0].device(who, lease(1));
  const conversation = await replicas[0].conversation(older);
  const document = messages(conversation);
  let sent = 0;
  const flood = setInterval(() => {
    if (older.closeCode !== undefined) return;
    sent += 1;
    older.append(sent, document, older.envelopes(document, 1).update);
  }, 1);
  await older.until(() => (older.all('ack').length > 5 ? true : undefined), 'acknowledgements');
  const newer = await replicas[1].device(who, lease(2));
  newer.ask(document);
  await newer.until(
    () => newer.all('sync').some(({ message }) => message.step === 'answer') || undefined,
    'the answer',
  );
  const seen = newer.received(document).length;
  assert.is(await older.closed(), 4409);
  clearInterval(flood);
  const later = await replicas[2].device(who, lease(2));
  later.ask(document);
  await later.until(
    () => later.all('sync').some(({ message }) => message.step === 'answer') || undefined,
    'the answer',
  );
  assert.is(later.received(document).length, seen, 'nothing of the older life came after the welcome');
  assert.ok(older.all('ack').length <= seen);
});

test('S7 writers at all servers together never put more into a segment than it takes', async ({
  replicas,
}) => {
  const owner = person();
  const first = await replicas[0].device(owner);
  const conversation = await replicas[0].conversation(first);
  const document = messages(conversation);
  const devices = await Promise.all(
    Array.from({ length: 9 }, (_, index) =>
      replicas[index % 3]!.device({ ...owner, device: person().device }),
    ),
  );
  for (const device of devices)
    for (let batch = 1; batch <= 2; batch += 1)
      device.append(batch, document, device.envelopes(document, 100).update);
  for (const device of devices)
    await device.until(
      () => device.all('ack').length + device.all('error').length >= 2 || undefined,
      'answers',
    );
  const acked = devices.reduce((sum, device) => sum + device.all('ack').length * 100, 0);
  first.ask(document);
  await first.until(
    () => first.all('sync').some(({ message }) => message.step === 'answer') || undefined,
    'the answer',
  );
  assert.is(first.received(document).length, acked);
  assert.is(acked, 1_000, 'ten batches fit into 1,024, the eleventh does not');
  const codes = devices.flatMap((device) => device.all('error').map(({ code }) => code));
  for (const code of codes)
    assert.ok(['sync/segment-closed', 'sync/store-unavailable', 'sync/gap'].includes(code), code);
});

test('W10 without Redis awareness stays at its server', async ({ replicas }) => {
  const people = [person(), person(), person()];
  const ann = await replicas[0].device(people[0]!);
  const here = await replicas[0].device(people[1]!);
  const away = await replicas[1].device(people[2]!);
  const conversation = await replicas[0].conversation(ann, here.who, away.who);
  for (const device of [ann, here, away]) await subscribed(device, ['m', conversation]);
  ann.send({ type: 'awareness', log: logName('m', conversation), payload: Uint8Array.of(1, 2, 3) });
  assert.equal((await here.next('awareness')).payload, Uint8Array.of(1, 2, 3));
  // A write that follows it has arrived; the awareness has not.
  ann.append(1, messages(conversation), ann.envelopes(messages(conversation), 1).update);
  await away.next('sync');
  assert.is(away.all('awareness').length, 0);
});

test('S9 a dead store host leaves every server alive and not ready, and devices come back by themselves', async ({
  cluster,
  replicas,
}) => {
  const ann = await replicas[0].device(person());
  const bob = await replicas[1].device(person());
  const conversation = await replicas[0].conversation(ann, bob.who);
  const document = messages(conversation);
  await cluster.host.kill();
  ann.append(1, document, ann.envelopes(document, 1).update);
  const { code, retry } = await ann.next('error');
  assert.equal([code, retry], ['sync/store-unavailable', 'later']);
  assert.is(ann.closeCode, undefined);
  await until(async () => (await replicas[0].get('/readyz')).status === 503, 'no readiness');
  await cluster.startHost();
  for (const replica of replicas) await replica.untilReady();
  for (const device of [ann, bob]) {
    assert.is(await device.closed(), 1012, 'what it was not told of it reads when it comes back');
    assert.ok(device.all('notice').some(({ notice }) => notice.kind === 'drain' && notice.returnMs > 0));
  }
  const again = await replicas[1].device(ann.who);
  again.append(1, document, again.envelopes(document, 1).update);
  assert.is((await again.next('ack')).next, 1);
});

test.run();
