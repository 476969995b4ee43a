import { type AccountId, fields, LIMITS, randomId, toJson } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import {
  addressKey,
  type CiphertextMessage,
  CiphertextMessageType,
  isCryptoError,
  type PreKeyBundle,
  type ProtocolAddress,
  SessionBuilder,
  SessionCipher,
  type SessionStores,
  verifyPreKeyBundle,
} from '../crypto/index.js';
import type { KeyStore } from '../store/key-store.js';
import { type MadeDevice, makeDevice, morePreKeys, storedDevice } from './device-keys.js';
import { preKeyBundleOf } from './pre-key-bundle.js';
import { SIGNAL_KEYS } from './signal-keys.js';
import { type IdentityTrust, type SignalRecords, signalRecords } from './signal-stores.js';
import { accountErrorCode } from './testing/account-error-code.js';
import { type CountingKeyStore, countingKeyStore } from './testing/counting-key-store.js';

const test = suite('device keys and Signal records');
const bytes = (text: string) => new TextEncoder().encode(text);
const everybody: IdentityTrust = async () => true;

interface Party {
  readonly made: MadeDevice;
  readonly address: ProtocolAddress;
  readonly keys: CountingKeyStore;
  readonly records: SignalRecords;
}

async function party(trust: IdentityTrust = everybody): Promise<Party> {
  const made = makeDevice({ name: 'Test' });
  const keys = await countingKeyStore();
  await keys.write(made.secrets);
  keys.batches.length = 0;
  const address = { name: randomId<AccountId>(), deviceId: made.id };
  return { made, address, keys, records: signalRecords(keys, trust) };
}

/** What a server would hand out: with the one-time keys at this place, or without any. */
function bundle({ made }: Party, at?: number): PreKeyBundle {
  const { id, registrationId, identityKey, preKeys } = made.published;
  const oneTime = at === undefined ? undefined : preKeys.oneTime[at]!;
  const kem = at === undefined ? preKeys.lastResortKem : preKeys.oneTimeKem[at]!;
  return preKeyBundleOf({ device: id, registrationId, identityKey, signed: preKeys.signed, kem, oneTime });
}

function first(from: Party, to: Party, text: string, at?: number): Promise<CiphertextMessage> {
  return from.records.transact(async (stores) => {
    await new SessionBuilder(stores, to.address).processPreKeyBundle(bundle(to, at));
    return new SessionCipher(stores, to.address).encrypt(bytes(text));
  });
}

function decrypt(
  stores: SessionStores,
  from: ProtocolAddress,
  message: CiphertextMessage,
): Promise<Uint8Array> {
  const cipher = new SessionCipher(stores, from);
  return message.type === CiphertextMessageType.PreKey
    ? cipher.decryptPreKeySignalMessage(message.body)
    : cipher.decryptSignalMessage(message.body);
}

function open(at: Party, from: Party, message: CiphertextMessage, position = 'inbox/1'): Promise<string> {
  return at.records.transact(async (stores) => {
    stores.also([{ key: position, value: Uint8Array.of(1) }]);
    const plaintext = await decrypt(stores, from.address, message);
    return new TextDecoder().decode(plaintext);
  });
}

async function cryptoCode(action: Promise<unknown>): Promise<string | undefined> {
  try {
    await action;
    return undefined;
  } catch (error) {
    if (!isCryptoError(error)) throw error;
    return error.code;
  }
}

const names = async (keys: KeyStore, prefix: string) => (await keys.list(prefix)).map(([key]) => key);

test('a new device has its keys, and the server gets their public halves alone', async () => {
  const { made, keys } = await party();
  const { preKeys } = made.published;
  assert.is(preKeys.oneTime.length, LIMITS.preKeyLow);
  assert.is(preKeys.oneTimeKem.length, 5);
  assert.is((await names(keys, 'signal/pre-key/')).length, LIMITS.preKeyLow);
  assert.is((await names(keys, 'signal/kyber-pre-key/')).length, 6);
  const parsed = v.parse(fields.newDevice, toJson(made.published));
  assert.is(JSON.stringify(toJson(parsed)), JSON.stringify(toJson(made.published)));
  const sent = JSON.stringify(toJson(made.published));
  assert.not.ok(sent.includes((toJson(made.identity.privateKey) as string).slice(2, -2)));
  const stored = (await storedDevice(keys))!;
  assert.is(stored.device, made.id);
  assert.is(stored.registrationId, made.published.registrationId);
  assert.equal([...stored.identity.publicKey], [...made.listed.key]);
});

test('what a device publishes is signed by its identity', async () => {
  const someone = await party();
  for (const at of [undefined, 0, 4]) await verifyPreKeyBundle(bundle(someone, at));
});

test('a message opens, and all that it changed is one write together with its position', async () => {
  const [ada, bo] = [await party(), await party()];
  const message = await first(ada, bo, 'hello', 0);
  assert.is(ada.keys.batches.length, 1);
  assert.is(await open(bo, ada, message), 'hello');
  assert.is(bo.keys.batches.length, 1);
  const oneTime = bo.made.published.preKeys.oneTime[0]!.id;
  const kem = bo.made.published.preKeys.oneTimeKem[0]!.id;
  assert.equal(
    bo.keys.batches[0]!.map(({ key, value }) => [key, value !== undefined]).sort(),
    [
      ['inbox/1', true],
      [SIGNAL_KEYS.kyberPreKey(kem), false],
      [SIGNAL_KEYS.peer(ada.address), true],
      [SIGNAL_KEYS.preKey(oneTime), false],
      [SIGNAL_KEYS.session(ada.address), true],
    ].sort(),
  );
  const answer = await bo.records.transact((stores) =>
    new SessionCipher(stores, ada.address).encrypt(bytes('and back')),
  );
  assert.is(await open(ada, bo, answer), 'and back');
});

test('work that fails leaves nothing, and the same message opens afterwards', async () => {
  const [ada, bo] = [await party(), await party()];
  const message = await first(ada, bo, 'hello', 1);
  const before = JSON.stringify((await bo.keys.list('')).map(([key, value]) => [key, ...value]));
  const failed = bo.records.transact(async (stores) => {
    await decrypt(stores, ada.address, message);
    throw new RangeError('the record said something else');
  });
  assert.instance(await failed.catch((error: unknown) => error), RangeError);
  assert.is(bo.keys.batches.length, 0);
  assert.is(JSON.stringify((await bo.keys.list('')).map(([key, value]) => [key, ...value])), before);
  assert.is(await open(bo, ada, message), 'hello');
});

test('a write that the store refuses leaves nothing either', async () => {
  const [ada, bo] = [await party(), await party()];
  const message = await first(ada, bo, 'hello', 1);
  const refused = bo.records.transact(async (stores) => {
    await decrypt(stores, ada.address, message);
    stores.also([{ key: 'not a key', value: Uint8Array.of(1) }]);
  });
  assert.instance(await refused.catch((error: unknown) => error), RangeError);
  assert.is(await open(bo, ada, message), 'hello');
});

test('transactions wait for each other: no two messages are sealed alike', async () => {
  const [ada, bo] = [await party(), await party()];
  await open(bo, ada, await first(ada, bo, 'hello', 0));
  const texts = Array.from({ length: 12 }, (_, at) => `message ${at}`);
  const messages = await Promise.all(
    texts.map((text) =>
      ada.records.transact((stores) => new SessionCipher(stores, bo.address).encrypt(bytes(text))),
    ),
  );
  const opened = await Promise.all(messages.map((message, at) => open(bo, ada, message, `inbox/${at}`)));
  assert.equal(opened, texts);
});

test('a message opens once', async () => {
  const [ada, bo] = [await party(), await party()];
  const message = await first(ada, bo, 'hello', 0);
  await open(bo, ada, message);
  assert.is(await cryptoCode(open(bo, ada, message)), 'crypto/duplicate-message');
});

test('a session begun by the last resort begins once, even when its session is forgotten', async () => {
  const [ada, bo] = [await party(), await party()];
  const message = await first(ada, bo, 'hello');
  assert.is(await open(bo, ada, message), 'hello');
  assert.is((await names(bo.keys, 'signal/kyber-use/')).length, 1);
  assert.is((await names(bo.keys, 'signal/kyber-pre-key/')).length, 6);
  await bo.keys.write([{ key: SIGNAL_KEYS.session(ada.address), value: undefined }]);
  assert.is(await cryptoCode(open(bo, ada, message)), 'crypto/duplicate-message');
});

test('K3: an identity that trust does not name is refused, on first use too', async () => {
  const ada = await party();
  const bo = await party(async (address, key) => address.deviceId === ada.made.id && key.length === 0);
  const message = await first(ada, bo, 'hello', 0);
  assert.is(await cryptoCode(open(bo, ada, message)), 'crypto/untrusted-identity');
  assert.is(bo.keys.batches.length, 0);
});

test('sessions of different devices are different records', async () => {
  const [ada, bo] = [await party(), await party()];
  await first(ada, bo, 'hello', 0);
  assert.equal(await names(ada.keys, 'signal/session/'), [`signal/session/${addressKey(bo.address)}`]);
});

test('a store without a device says so', async () => {
  const keys = await countingKeyStore();
  assert.is(await storedDevice(keys), undefined);
  const transact = () =>
    signalRecords(keys, everybody).transact((stores) => stores.identities.getIdentityKeyPair());
  assert.is(await accountErrorCode(transact), 'account/device-missing');
  const more = () => morePreKeys(keys, { oneTime: 0, oneTimeKem: 0 });
  assert.is(await accountErrorCode(more), 'account/device-missing');
});

test('a transaction that has ended takes nothing more', async () => {
  const { records, keys } = await party();
  const escaped = await records.transact(async (stores) => stores);
  assert.throws(() => escaped.also([{ key: 'late', value: Uint8Array.of(1) }]), /after its end/);
  assert.is(await keys.get('late'), undefined);
});

test('more pre-keys are made when few are left, under ids never used before', async () => {
  const someone = await party();
  const { keys, made } = someone;
  assert.is(await morePreKeys(keys, { oneTime: LIMITS.preKeyLow, oneTimeKem: 2 }), undefined);
  const seen = new Set(made.published.preKeys.oneTime.map(({ id }) => id));
  const seenKem = new Set(
    [made.published.preKeys.lastResortKem, ...made.published.preKeys.oneTimeKem].map(({ id }) => id),
  );
  for (const left of [
    { oneTime: 19, oneTimeKem: 1 },
    { oneTime: 0, oneTimeKem: 5 },
    { oneTime: 20, oneTimeKem: 0 },
  ]) {
    const { secrets, upload } = (await morePreKeys(keys, left))!;
    await keys.write(secrets);
    assert.is(upload.oneTime.length, left.oneTime < 20 ? LIMITS.preKeyBatch : 0);
    assert.is(upload.oneTimeKem.length, left.oneTimeKem < 2 ? 5 : 0);
    v.parse(fields.devicePreKeys, toJson(upload));
    assert.equal(toJson(upload.signed), toJson(made.published.preKeys.signed));
    for (const { id } of upload.oneTime) assert.ok(!seen.has(id) && seen.add(id));
    for (const { id } of upload.oneTimeKem) assert.ok(!seenKem.has(id) && seenKem.add(id));
    for (const { id } of upload.oneTime) assert.ok(await keys.get(SIGNAL_KEYS.preKey(id)));
    for (const { id } of upload.oneTimeKem) assert.ok(await keys.get(SIGNAL_KEYS.kyberPreKey(id)));
  }
});

test.run();
