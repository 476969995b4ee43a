import type { DeviceFrame } from '@sotto/protocol';
import { encodeDeviceFrame, logName, packFrames, randomId, WIRE_VERSION } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FIRST_LEASE, type TestDevice } from '../testing/device.js';
import { accessToken, messages, person, TestServer } from '../testing/server.js';

const test = suite('hostile devices');

/** Mulberry32: repeatable, for picking what to break. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) % below) | 0;
  };
}

function validFrames(device: TestDevice, token: string, conversation: string): DeviceFrame[] {
  const document = messages(conversation as never);
  const log = logName('m', conversation as never);
  const update = device.updateAt(document, 0, 3);
  const change = { kind: 'group', members: [{ account: device.who.account, role: 'admin' }] } as const;
  return [
    {
      type: 'hello',
      version: WIRE_VERSION,
      token,
      grants: [],
      lease: FIRST_LEASE,
      cursor: new Uint8Array(),
    },
    { type: 'token', token },
    { type: 'subscribe', logs: [log] },
    { type: 'unsubscribe', logs: [log] },
    { type: 'sync', document, message: { step: 'state-vector', payload: Uint8Array.of(1, 5, 1) } },
    { type: 'append', batch: 1, counter: 1, document, update },
    { type: 'advance', batch: 2, counter: 1, conversation: conversation as never, change, document, update },
    { type: 'awareness', log, payload: Uint8Array.of(1) },
    { type: 'grant' },
    { type: 'ping' },
  ];
}

test('[W3] [S8] mutated frames end at most their own connection, with a code; the server goes on', async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 0x7fffffff);
  process.stdout.write(`SEED=${seed}\n`);
  const int = random(seed);
  const server = await TestServer.start();
  const witness = await server.device(person());
  const closes = new Map<number, number>();
  for (let round = 0; round < 60; round += 1) {
    const device = await server.device(person());
    const conversation = await server.conversation(device);
    const frames = validFrames(device, await accessToken(device.who), conversation).map(encodeDeviceFrame);
    for (let sent = 0; sent < 10 && device.closeCode === undefined; sent += 1) {
      const bytes = Uint8Array.from(frames[int(frames.length)]!);
      for (let change = int(3); change >= 0; change -= 1) bytes[int(bytes.length)] = int(256);
      device.raw(packFrames([bytes]));
    }
    await device.settle().catch(() => undefined);
    if (device.closeCode !== undefined) closes.set(device.closeCode, (closes.get(device.closeCode) ?? 0) + 1);
    device.cut();
  }
  await witness.settle();
  assert.ok(closes.size > 0, 'some mutation was malformed');
  for (const code of closes.keys())
    assert.ok([4400, 4401, 4409].includes(code), `closed ${code}, seed ${seed}`);
  assert.equal(server.logged, [], `seed ${seed}`);
  await server.stop();
});

test('[S8] refused requests leave everything else on the connection untouched', async () => {
  const server = await TestServer.start();
  const [one, two] = [await server.device(person()), await server.device(person())];
  const conversation = await server.conversation(one, two.who);
  const document = messages(conversation);
  const log = logName('m', conversation);
  two.send({ type: 'subscribe', logs: [logName('m', randomId()), log, logName('i', one.who.device)] });
  await two.next('head');
  one.append(1, document, Uint8Array.of(9, 9));
  one.append(2, messages(randomId()), one.updateAt(document, 0, 1));
  one.append(3, document, one.updateAt(document, 0, 1));
  assert.is((await one.next('ack')).batch, 3);
  assert.equal(
    one.all('error').map(({ batch, code }) => [batch, code]),
    [
      [1, 'sync/too-large'],
      [2, 'sync/not-a-member'],
    ],
  );
  await two.next('sync');
  assert.is(two.all('error').length, 2);
  await server.stop();
});

test('[S13] a device that pipelines without end is read from no faster than it is served', async () => {
  let waiting: (() => void)[] = [];
  let hold = true;
  const server = await TestServer.start({
    limits: { pendingTasks: 20, appendBurst: 10_000 },
    wrapLog: (log) => ({
      append: async (records) => {
        if (hold && records[0]!.document.startsWith('m.'))
          await new Promise<void>((resolve) => waiting.push(resolve));
        return log.append(records);
      },
      read: (document, have) => log.read(document, have),
      stateVector: (document) => log.stateVector(document),
      head: (name) => log.head(name),
      erase: (name) => log.erase(name),
      tail: (listener) => log.tail(listener),
      close: () => log.close(),
    }),
  });
  const device = await server.device(person());
  const document = messages(await server.conversation(device));
  for (let batch = 1; batch <= 600; batch += 1)
    device.append(batch, document, device.envelopes(document, 1, 8_000).update);
  device.send({ type: 'ping' });
  while (waiting.length === 0) await new Promise(setImmediate);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.is(device.all('pong').length, 0, 'the ping behind the pile was not read');
  hold = false;
  for (const go of waiting.splice(0)) go();
  waiting = [];
  for (let batch = 1; batch <= 600; batch += 1) assert.is((await device.next('ack')).batch, batch);
  await device.until(() => device.all('pong')[0], 'pong');
  await server.stop();
});

test.run();
