import type { StateVector } from '@sotto/protocol';
import { logName } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as Y from 'yjs';
import type { TestDevice } from '../testing/device.js';
import { feedRecords, messages, person, TestServer } from '../testing/server.js';
import { readAnswer } from './answering.js';
import { splitRuns } from './runs.js';

const test = suite<{ server: TestServer; device: TestDevice }>('answers');

test.before.each(async (context) => {
  context.server = await TestServer.start({ limits: { answerBytes: 1_000 } });
  context.device = await context.server.device(person());
});
test.after.each(async ({ server }) => {
  assert.equal(server.logged, []);
  await server.stop();
});

test('[W5] an empty document is answered by the empty answer', async ({ server, device }) => {
  const document = messages(await server.conversation(device));
  device.ask(document);
  assert.equal(await device.next('sync'), {
    type: 'sync',
    document,
    message: { step: 'answer', payload: Uint8Array.of(0, 0) },
  });
});

test('[W5] a long answer comes in pieces, the last of which alone is the answer; Yjs reads them', async ({
  server,
  device,
}) => {
  const document = messages(await server.conversation(device));
  const writers = [device.client, 70_000, 5];
  for (const client of writers)
    await server.stores.log.append(feedRecords(device.who, document, client, 300));
  const have: StateVector = new Map([[70_000, 100]]);
  device.ask(document, have);
  await device.until(() => device.all('sync').find(({ message }) => message.step === 'answer'), 'answer');
  const steps = device.all('sync').map(({ message }) => message.step);
  assert.ok(steps.length > 3, `${steps.length} pieces`);
  assert.equal(new Set(steps.slice(0, -1)), new Set(['update']));
  assert.is(device.received(document).length, 800);
  assert.not.ok(device.received(document).includes('70000:99'));
  assert.ok(device.received(document).includes('70000:100'));
  const doc = new Y.Doc();
  device.ask(document);
  await device.until(
    () =>
      device.all('sync').filter(({ message }) => message.step === 'answer').length === 2 ? true : undefined,
    'second answer',
  );
  for (const { message } of device.all('sync').slice(steps.length)) Y.applyUpdate(doc, message.payload);
  for (const client of writers) assert.is(doc.getArray(`f.${device.who.device}.${client}`).length, 300);
  assert.is(doc.store.pendingStructs, null);
});

test('[S13] [W5] a large document is never held in memory whole: a piece is read when the one before it was taken', async ({
  server,
  device,
}) => {
  const document = messages(await server.conversation(device));
  await server.stores.log.append(feedRecords(device.who, document, device.client, 300));
  const { log } = server.stores;
  let reads = 0;
  let largest = 0;
  const counting: LogStore = Object.create(log, {
    read: {
      value: async (...args: Parameters<LogStore['read']>) => {
        const records = await log.read(...args);
        reads += 1;
        largest = Math.max(
          largest,
          records.reduce((sum, { body }) => sum + body.length, 0),
        );
        return records;
      },
    },
  });
  let parts = 0;
  for await (const { step } of readAnswer(counting, document, new Map(), 1_000)) {
    parts += 1;
    assert.ok(reads <= parts + 1, `${reads} reads for ${parts} parts`);
    if (step === 'answer') break;
  }
  assert.ok(parts > 3, `${parts} parts`);
  assert.ok(largest < 2_000, `${largest} bytes at once`);
});

test('[W4] [W5] nothing falls between an answer and the live updates', async ({ server, device }) => {
  const reader = await server.device(person());
  const conversation = await server.conversation(device, reader.who);
  const document = messages(conversation);
  for (let batch = 1; batch <= 60; batch += 1) {
    device.append(batch, document, device.envelopes(document, 1).update);
    if (batch === 20) {
      reader.send({ type: 'subscribe', logs: [logName('m', conversation)] });
      reader.ask(document);
    }
  }
  for (let batch = 1; batch <= 60; batch += 1) await device.next('ack');
  await reader.until(() => reader.all('sync').find(({ message }) => message.step === 'answer'), 'answer');
  await reader.until(() => (new Set(reader.received(document)).size === 60 ? true : undefined), 'all 60');
});

test('records split into consecutive runs of one client, document and size', () => {
  const who = person();
  const [one, two] = [messages('A'.repeat(22) as never), messages('B'.repeat(21).concat('A') as never)];
  const records = [
    ...feedRecords(who, one, 1, 3),
    ...feedRecords(who, two, 1, 1),
    ...feedRecords(who, one, 2, 1),
    ...feedRecords(who, one, 1, 2, 3),
    ...feedRecords(who, one, 1, 1, 9),
  ];
  const shape = (most: number) => splitRuns(records, most).map((run) => run.map(({ clock }) => clock));
  assert.equal(shape(100_000), [[0, 1, 2, 3, 4], [0], [0], [9]]);
  assert.equal(shape(1), [[0], [1], [2], [0], [0], [3], [4], [9]]);
});

test.run();
