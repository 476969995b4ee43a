import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as Y from 'yjs';
import { DOCUMENT, randomWriters, yjsWriter } from '../testing/feeds.js';
import { seededRandom } from '../testing/seeded-random.js';
import { joinUpdate } from './join.js';
import { ANSWER, DEVICE_UPDATE, parseUpdate } from './parse-update.js';
import type { LogRecord } from './struct.js';
import { encodeStruct, openStruct } from './struct.js';

const test = suite('what Yjs writes');

function recordsOf(updates: readonly Uint8Array[]): LogRecord[] {
  return updates.flatMap((update) => parseUpdate(update, DOCUMENT, ANSWER).flatMap((run) => run.records));
}

test('[U2] [U3] a push to a feed is one run, root at clock 0, origin afterwards', () => {
  const writer = yjsWriter(2 ** 52 + 5);
  writer.push([Uint8Array.of(1, 2), new Uint8Array(0)]);
  writer.push([new Uint8Array(300)]);
  const [first, second] = writer.updates.map((update) => parseUpdate(update, DOCUMENT, DEVICE_UPDATE));
  assert.is(first!.length, 1);
  assert.is(first![0]!.client, writer.client);
  assert.is(first![0]!.clock, 0);
  assert.equal(
    first![0]!.structs.map(({ root, envelope }) => [root, envelope.length]),
    [
      [writer.root, 2],
      [undefined, 0],
    ],
  );
  assert.is(second![0]!.clock, 2);
  assert.is(second![0]!.structs[0]!.root, undefined);
});

test('[U5] encodeStruct writes what Yjs writes', () => {
  const random = seededRandom('encodeStruct');
  const writer = randomWriters(random, 1, 20)[0]!;
  for (const record of recordsOf(writer.updates)) {
    const { envelope } = openStruct(record);
    assert.equal(encodeStruct(writer.root, record.client, record.clock, envelope), record.body);
  }
});

test('[U5] records are byte-identical however pushes were batched, merged or reloaded', () => {
  const random = seededRandom('batched, merged, reloaded');
  for (let round = 0; round < 20; round += 1) {
    const writers = randomWriters(random, 1 + random.int(6), 1 + random.int(8));
    const byPush = recordsOf(writers.flatMap((writer) => writer.updates));
    const merged = Y.mergeUpdates(writers.flatMap((writer) => writer.updates));
    const reloaded = new Y.Doc();
    Y.applyUpdate(reloaded, merged);
    const positions = (records: readonly LogRecord[]) =>
      new Map(
        records.map(({ client, clock, body }) => [`${client}:${clock}`, Buffer.from(body).toString('hex')]),
      );
    assert.equal(positions(recordsOf([merged])), positions(byPush), `seed ${random.seed}`);
    assert.equal(
      positions(recordsOf([Y.encodeStateAsUpdate(reloaded)])),
      positions(byPush),
      `seed ${random.seed}`,
    );
  }
});

test('[U5] joinUpdate is mergeUpdates, and with a state vector mergeUpdates then diffUpdate', () => {
  const random = seededRandom('join');
  for (let round = 0; round < 30; round += 1) {
    const writers = randomWriters(random, 1 + random.int(6), 1 + random.int(8));
    const merged = Y.mergeUpdates(writers.flatMap((writer) => writer.updates));
    const records = recordsOf([merged]).sort(() => random.int(3) - 1);
    assert.equal(joinUpdate(records), merged, `seed ${random.seed}`);

    const lengths = Y.decodeStateVector(Y.encodeStateVectorFromUpdate(merged));
    const have = new Map([...lengths].map(([client, next]) => [client, random.int(next + 1)]));
    const lacking = records.filter(({ client, clock }) => clock >= (have.get(client) ?? 0));
    const diff = Y.diffUpdate(merged, Y.encodeStateVector(new Map(have)));
    assert.equal(joinUpdate(lacking), diff, `seed ${random.seed}`);
  }
});

test('[U5] Yjs reads a join as the feeds that were written', () => {
  const random = seededRandom('read back');
  const writers = randomWriters(random, 4, 6);
  const doc = new Y.Doc();
  Y.applyUpdate(doc, joinUpdate(recordsOf(writers.flatMap((writer) => writer.updates))));
  for (const writer of writers)
    assert.equal(
      doc.getArray<Uint8Array>(writer.root).toArray(),
      writer.doc.getArray<Uint8Array>(writer.root).toArray(),
    );
  assert.is(doc.store.pendingStructs, null);
});

test('[U5] nothing to join is the empty update', () => {
  assert.equal(joinUpdate([]), Y.encodeStateAsUpdate(new Y.Doc()));
  assert.equal(parseUpdate(joinUpdate([]), DOCUMENT, ANSWER), []);
});

test('[U5] a join leaves out what lies beyond a hole', () => {
  const writer = yjsWriter(9);
  for (let clock = 0; clock < 4; clock += 1) writer.push([Uint8Array.of(clock)]);
  const records = recordsOf(writer.updates).filter((record) => record.clock !== 2);
  assert.equal(
    recordsOf([joinUpdate(records)]).map((record) => record.clock),
    [0, 1],
  );
});

test.run();
