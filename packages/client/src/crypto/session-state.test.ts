import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCryptoError } from './errors.js';
import { deserializeSessionRecord, EMPTY_SESSION_RECORD, serializeSessionRecord } from './session-state.js';
import { fuzzDecoder } from './testing/fuzz-decoder.js';
import { TestDevice } from './testing/session-fixture.js';

const test = suite('session-state');

async function busyRecord(): Promise<Uint8Array> {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  await alice.begin(bob);
  await bob.decrypt(alice, await alice.encrypt(bob, 'hello'));
  for (let i = 0; i < 3; i++) await bob.encrypt(alice, 'skipped');
  await alice.decrypt(bob, await bob.encrypt(alice, 'read'));
  await alice.begin(bob);
  return (await alice.stores.loadSession(bob.address))!;
}

test('records survive serialisation: pending, ratchets, skipped keys, archive', async () => {
  const bytes = await busyRecord();
  const record = deserializeSessionRecord(bytes);
  assert.is(record.current!.pending!.kyberCiphertext.length, 1569);
  assert.is(record.archived.length, 1);
  assert.is(record.archived[0]!.ratchet.receiving[0]!.skipped.length, 3);
  assert.is(record.archived[0]!.pending, undefined);
  assert.equal(serializeSessionRecord(record), bytes);
  assert.equal(deserializeSessionRecord(serializeSessionRecord(EMPTY_SESSION_RECORD)), EMPTY_SESSION_RECORD);
});

test('another version, and too many states, are refused', async () => {
  const record = deserializeSessionRecord(await busyRecord());
  const refused = (bytes: Uint8Array) =>
    assert.throws(
      () => deserializeSessionRecord(bytes),
      (error: unknown) => isCryptoError(error, 'crypto/invalid-state'),
    );
  for (const version of [1, 3]) refused(Uint8Array.of(0x08, version));
  refused(new Uint8Array());
  refused(serializeSessionRecord({ archived: new Array(41).fill(record.archived[0]) }));
  const state = record.archived[0]!;
  const receiving = new Array(6).fill(state.ratchet.receiving[0]);
  refused(serializeSessionRecord({ archived: [{ ...state, ratchet: { ...state.ratchet, receiving } }] }));
});

test('fuzz: records decode or throw typed errors', async () => {
  const { accepted, rejected } = await fuzzDecoder(
    'session record',
    await busyRecord(),
    deserializeSessionRecord,
    3_000,
  );
  assert.ok(accepted > 0 && rejected > 0);
});

test.run();
