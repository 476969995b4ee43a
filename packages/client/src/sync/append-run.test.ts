import type { ConversationId, DeviceId } from '@sotto/protocol';
import { DEVICE_UPDATE, documentName, LIMITS, logName, parseUpdate, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeRun, nextRun, type PlacedEnvelope } from './append-run.js';

const test = suite('runs of an append');
const log = logName('m', randomId<ConversationId>());
const document = documentName(log, 3);
const device = randomId<DeviceId>();
const CLIENT = 2 ** 53 - 1;

function placed(count: number, bytes: number, from = 0): PlacedEnvelope[] {
  return Array.from({ length: count }, (_, index) => ({
    document,
    client: CLIENT,
    clock: from + index,
    envelope: new Uint8Array(bytes).fill(index),
  }));
}

test('U4: a run holds 256 envelopes at most', () => {
  assert.is(nextRun(placed(LIMITS.updateEnvelopes, 1)).length, LIMITS.updateEnvelopes);
  assert.is(nextRun(placed(LIMITS.updateEnvelopes + 1, 1)).length, LIMITS.updateEnvelopes);
});

test('U4: a run never weighs more than an update may, whatever its envelopes weigh', () => {
  for (const bytes of [0, 900, 1_024, 20_000, LIMITS.envelopeBytes]) {
    const all = placed(LIMITS.updateEnvelopes, bytes, 2 ** 40);
    const run = nextRun(all);
    assert.ok(encodeRun(device, run).length <= LIMITS.updateBytes, `${run.length} of ${bytes} bytes`);
    const room = LIMITS.updateBytes - run.length * bytes;
    assert.ok(run.length === all.length || room < bytes + 256 * 64 + 128, `${run.length} of ${bytes} bytes`);
  }
});

test('U4: the largest envelope goes alone if it must', () => {
  const run = nextRun(placed(9, LIMITS.envelopeBytes));
  assert.is(run.length, 3);
  assert.is(
    nextRun(placed(1, LIMITS.updateBytes)).length,
    1,
    'one is always taken: the server says what it thinks',
  );
});

test('U4: a run ends where document, client or clock do not go on', () => {
  const [a, b, c] = placed(3, 5) as [PlacedEnvelope, PlacedEnvelope, PlacedEnvelope];
  assert.equal(nextRun([a, b, c]), [a, b, c]);
  assert.equal(nextRun([a, b, { ...c, document: documentName(log, 4) }]), [a, b]);
  assert.equal(nextRun([a, { ...b, client: 7 }, c]), [a]);
  assert.equal(nextRun([a, c]), [a]);
  assert.equal(nextRun([b, a]), [b]);
  assert.equal(nextRun([a, a]), [a]);
});

test('U2 U3 S3: a run is an update that a server takes, the same bytes each time', () => {
  for (const from of [0, 41]) {
    const run = nextRun(placed(5, 30, from));
    const update = encodeRun(device, run);
    const [read] = parseUpdate(update, document, DEVICE_UPDATE);
    assert.equal([read!.client, read!.clock, read!.structs.length], [CLIENT, from, 5]);
    assert.is(read!.structs[0]!.root, from === 0 ? `f.${device}.${CLIENT}` : undefined);
    assert.equal(
      read!.structs.map(({ envelope }) => envelope[0]),
      [0, 1, 2, 3, 4],
    );
    assert.equal(encodeRun(device, run), update);
  }
});

test.run();
