import { randomBytes } from 'node:crypto';
import type { Lease } from '@sotto/protocol';
import { documentName, logName } from '@sotto/protocol';
import { leaseKey, leasePrefix } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestDevice } from '../testing/device.js';
import { accessToken, messages, type Person, person, TestServer } from '../testing/server.js';

interface Context {
  server: TestServer;
  ann: Person;
}
const test = suite<Context>('leases');
test.before.each(async (context) => {
  context.server = await TestServer.start();
  context.ann = person();
});
test.after.each(({ server }) => server.stop());

const lease = (number: number): Lease => ({ number, nonce: new Uint8Array(randomBytes(16)) });

async function greet(server: TestServer, who: Person, its: Lease): Promise<TestDevice> {
  const device = await server.connect();
  device.hello(await accessToken(who), { lease: its });
  return device;
}

async function welcomed(server: TestServer, who: Person, its: Lease): Promise<TestDevice> {
  const device = await greet(server, who, its);
  await device.next('welcome');
  device.send({ type: 'grant' });
  device.client = (await device.next('granted')).grant.client;
  device.who = who;
  return device;
}

async function refused(device: TestDevice): Promise<void> {
  const { code, retry } = await device.next('error');
  assert.equal([code, retry], ['sync/lease-stale', 'never']);
  assert.is(await device.closed(), 4409);
}

test('[G4] a life comes back with its lease as often as it likes, on several sockets', async ({
  server,
  ann,
}) => {
  const its = lease(3);
  const one = await welcomed(server, ann, its);
  const two = await welcomed(server, ann, its);
  await one.settle();
  await two.settle();
});

test('[G4] a newer lease closes the sockets of older ones before it is welcomed; they never come back', async ({
  server,
  ann,
}) => {
  const [first, second] = [lease(1), lease(2)];
  const older = [await welcomed(server, ann, first), await welcomed(server, ann, first)];
  const other = await welcomed(server, { ...person(ann.account) }, lease(1));
  const newer = await welcomed(server, ann, second);
  for (const device of older) await refused(device);
  await refused(await greet(server, ann, first));
  await refused(await greet(server, ann, lease(1)));
  await refused(await greet(server, ann, lease(2)));
  await newer.settle();
  await other.settle();
});

test('[G4] a lease that another server let in ends older ones here within a second', async ({
  server,
  ann,
}) => {
  const older = await welcomed(server, ann, lease(1));
  await server.stores.claims.own(leaseKey(ann.device, 2), lease(2).nonce);
  await refused(older);
});

test('[G4] of many that claim one number at once exactly one is welcomed', async ({ server, ann }) => {
  const devices = await Promise.all(Array.from({ length: 8 }, () => greet(server, ann, lease(5))));
  const outcomes = await Promise.all(
    devices.map((device) =>
      device.until(() => device.frames.find(({ type }) => type === 'welcome' || type === 'error'), 'answer'),
    ),
  );
  assert.is(outcomes.filter(({ type }) => type === 'welcome').length, 1);
});

test('[G4] [S1] what an older life had begun to write is durable or refused before the newer one is welcomed', async () => {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let holding = false;
  const server = await TestServer.start({
    wrapLog: (log) => ({
      append: async (records) => {
        if (holding) await held;
        return log.append(records);
      },
      read: (...input) => log.read(...input),
      stateVector: (document) => log.stateVector(document),
      head: (name) => log.head(name),
      erase: (name) => log.erase(name),
      tail: (listener) => log.tail(listener),
      close: () => log.close(),
    }),
  });
  const ann = person();
  const older = await welcomed(server, ann, lease(1));
  const conversation = await server.conversation(older);
  holding = true;
  older.append(1, messages(conversation), older.envelopes(messages(conversation), 1).update);
  await older.settle();
  const newer = await greet(server, ann, lease(2));
  await refused(older);
  const witness = await welcomed(server, person(), lease(1));
  for (let round = 0; round < 5; round += 1) await witness.settle();
  assert.equal(newer.all('welcome'), []);
  letGo();
  await newer.next('welcome');
  newer.ask(messages(conversation));
  await newer.until(() => (newer.received(messages(conversation)).length === 1 ? true : undefined), 'record');
  await server.stop();
});

test('[G4] one claim stays of all leases of a device', async ({ server, ann }) => {
  for (let number = 1; number <= 5; number += 1) await welcomed(server, ann, lease(number));
  const claims = await server.stores.claims.list({ prefix: leasePrefix(ann.device) });
  assert.equal(
    claims.map(({ key }) => key),
    [leaseKey(ann.device, 5)],
  );
});

test('[G4] a lease is of its device alone', async ({ server, ann }) => {
  await welcomed(server, ann, lease(9));
  const other = await welcomed(server, person(), lease(1));
  const document = documentName(logName('i', ann.device), 0);
  other.append(1, document, other.envelopes(document, 1).update, 0);
  assert.is((await other.next('ack')).next, 1);
});

test.run();
