import { documentName, logName } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestDevice } from '../testing/device.js';
import { accessToken, feedRecords, person, TestServer } from '../testing/server.js';

const test = suite('many at once');

const READS = 8;
const DEVICES = 120;

/** A server that counts what is read of its logs, and how much of it at once. Reads take a while. */
async function counting(limits: Parameters<typeof TestServer.start>[0] & object) {
  const reads = { now: 0, most: 0, all: 0 };
  const counted = async <T>(read: () => Promise<T>): Promise<T> => {
    reads.now += 1;
    reads.all += 1;
    reads.most = Math.max(reads.most, reads.now);
    try {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return await read();
    } finally {
      reads.now -= 1;
    }
  };
  const server = await TestServer.start({
    ...limits,
    wrapLog: (log): LogStore => ({
      append: (...asked) => log.append(...asked),
      read: (...asked) => counted(() => log.read(...asked)),
      stateVector: (document) => log.stateVector(document),
      head: (name) => counted(() => log.head(name)),
      tail: (...asked) => log.tail(...asked),
      erase: (...asked) => log.erase(...asked),
      close: () => log.close(),
    }),
  });
  return { server, reads };
}

/** Subscribes to its own logs and asks for one of them, as a device that compares everything does. */
async function compare(device: TestDevice, who: ReturnType<typeof person>): Promise<void> {
  const logs = [logName('a', who.account), logName('k', who.account), logName('i', who.device)];
  device.send({ type: 'subscribe', logs });
  for (const _ of logs) await device.next('head');
  device.ask(documentName(logs[0]!, 0));
  await device.next('sync');
}

test('[C8] however many compare everything, so many reads at once and no more; all are served', async () => {
  const { server, reads } = await counting({
    limits: { readsAtOnce: READS, hellosAtOnce: 16, comparedAtOnce: 60, admissionMs: 60_000, comparingMs: 5 },
  });
  const people = Array.from({ length: DEVICES }, () => person());
  for (const who of people)
    await server.stores.log.append(feedRecords(who, documentName(logName('a', who.account), 0), 5, 3));
  await Promise.all(
    people.map(async (who) => {
      const device = await server.connect();
      device.hello(await accessToken(who));
      await device.next('welcome');
      await compare(device, who);
    }),
  );
  assert.ok(reads.most <= READS, `${reads.most} at once`);
  assert.ok(reads.all >= 4 * DEVICES, `${reads.all} reads`);
  assert.equal(server.logged, []);
  await server.stop();
});

test('[C8] who can not be let in soon is told when to come back, and comes in then', async () => {
  const { server } = await counting({
    limits: { hellosAtOnce: 2, hellosWaiting: 10, comparedAtOnce: 6, admissionMs: 60_000, comparingMs: 100 },
  });
  const people = Array.from({ length: 60 }, () => person());
  const told: number[] = [];
  let welcomed = 0;
  await Promise.all(
    people.map(async (who) => {
      const device = await server.connect();
      device.hello(await accessToken(who));
      const first = await device.until(
        () => device.frames.find(({ type }) => type === 'welcome' || type === 'notice'),
        'an answer',
      );
      if (first.type === 'welcome') {
        welcomed += 1;
        return;
      }
      assert.ok(first.type === 'notice' && first.notice.kind === 'drain');
      told.push(first.notice.returnMs);
      assert.is(await device.closed(), 1013);
    }),
  );
  assert.is(welcomed + told.length, people.length);
  assert.ok(welcomed >= 12, `${welcomed} came in`);
  assert.ok(told.length >= 20, `${told.length} were sent away`);
  assert.ok(told.every((ms) => ms >= 1_500));
  assert.ok(new Set(told).size > told.length / 2, 'each at another time');
  const later = await server.device(people[59]!);
  await later.settle();
  assert.equal(server.logged, []);
  await server.stop();
});

test('[C8] [C3] who comes with a cursor does not wait behind those who compare everything', async () => {
  const { server, reads } = await counting({
    limits: { comparedAtOnce: 3, hellosWaiting: 100, admissionMs: 60_000, comparingMs: 300 },
  });
  const who = person();
  const one = await server.device(who);
  one.send({ type: 'cursor' });
  const { cursor } = await one.next('cursor');
  const others = Array.from({ length: 30 }, () => person());
  let welcomed = 0;
  const waiting = others.map(async (other) => {
    const device = await server.connect();
    device.hello(await accessToken(other));
    await device.next('welcome');
    welcomed += 1;
  });
  // Those that are left when the test ends are cut off.
  const ended = Promise.allSettled(waiting);
  await Promise.race(waiting);
  const before = reads.all;
  const back = await server.connect();
  back.hello(await accessToken(who), { cursor });
  const welcome = await back.next('welcome');
  assert.is((await back.next('resumed')).isAll, false);
  assert.ok(welcome.time > 0);
  assert.is(reads.all, before);
  assert.ok(welcomed < 20, `${welcomed} of ${others.length} came in`);
  server.cut();
  await ended;
  await server.stop();
});

test.run();
