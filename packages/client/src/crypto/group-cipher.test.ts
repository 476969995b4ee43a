import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CryptoErrorCode, isCryptoError } from './errors.js';
import { GroupCipher } from './group-cipher.js';
import { advance } from './sender-chain.js';
import { parseDistributionMessage, parseSenderKeyMessage } from './sender-key-message.js';
import { deserializeSenderKeyRecord } from './sender-key-record.js';
import { createSenderKey, distributionMessage, sealSenderKeyMessage } from './sender-keys.js';
import { fuzzDecoder } from './testing/fuzz-decoder.js';
import { TestDevice } from './testing/session-fixture.js';

const test = suite('group-cipher');
const group = Uint8Array.from({ length: 16 }, (_, i) => i);
const encode = (text: string) => new TextEncoder().encode(text);

async function codeOf(action: () => unknown): Promise<CryptoErrorCode | undefined> {
  try {
    await action();
  } catch (error) {
    if (!isCryptoError(error)) throw error;
    return error.code;
  }
  return undefined;
}

/** Alice's own cipher, and Bob's of Alice, who has given him her chain. */
async function pair() {
  const [alice, bob] = [new TestDevice('alice'), new TestDevice('bob')];
  const ours = new GroupCipher(alice.stores, alice.address);
  const theirs = new GroupCipher(bob.stores, alice.address);
  await theirs.processDistributionMessage(await ours.createDistributionMessage(group));
  const read = async (message: Uint8Array) => new TextDecoder().decode(await theirs.decrypt(message));
  const record = async () =>
    deserializeSenderKeyRecord((await bob.stores.loadSenderKey(alice.address, group))!);
  return { ours, theirs, read, record };
}

test('messages out of order open once', async () => {
  const { ours, read } = await pair();
  const messages: Uint8Array[] = [];
  for (let i = 0; i < 5; i++) messages.push(await ours.encrypt(group, encode(`m${i}`)));
  for (const i of [3, 0, 4, 1]) assert.is(await read(messages[i]!), `m${i}`);
  for (const i of [3, 0, 4, 1]) assert.is(await codeOf(() => read(messages[i]!)), 'crypto/duplicate-message');
  assert.is(await read(messages[2]!), 'm2');
});

test('the distribution message is the chain as it stands; who joins late reads from there', async () => {
  const { ours, read } = await pair();
  const before = await ours.encrypt(group, encode('before'));
  const distribution = await ours.createDistributionMessage(group);
  assert.is(parseDistributionMessage(distribution).iteration, 1);
  const late = new TestDevice('late');
  const cipher = new GroupCipher(late.stores, ours.sender);
  await cipher.processDistributionMessage(distribution);
  const after = await ours.encrypt(group, encode('after'));
  assert.equal(await cipher.decrypt(after), encode('after'));
  assert.is(await codeOf(() => cipher.decrypt(before)), 'crypto/duplicate-message');
  assert.is(await read(before), 'before');
});

test('a distribution that comes again does not rewind the chain', async () => {
  const { ours, theirs, read } = await pair();
  const fresh = new TestDevice('fresh');
  const own = new GroupCipher(fresh.stores, fresh.address);
  const distribution = await own.createDistributionMessage(group);
  const other = new GroupCipher(fresh.stores, { name: 'other', deviceId: 1 });
  await other.processDistributionMessage(distribution);
  const message = await own.encrypt(group, encode('once'));
  await other.decrypt(message);
  await other.processDistributionMessage(distribution);
  assert.is(await codeOf(() => other.decrypt(message)), 'crypto/duplicate-message');
  // Another sender's chain is not taken for this one's.
  assert.is(await codeOf(() => theirs.decrypt(message)), 'crypto/no-sender-key');
  assert.is(await read(await ours.encrypt(group, encode('still'))), 'still');
});

test('a change of any byte of a message is refused, and the chain stays', async () => {
  const { ours, read, record } = await pair();
  const message = await ours.encrypt(group, encode('genuine'));
  const before = await record();
  for (let i = 0; i < message.length; i++) {
    const changed = new Uint8Array(message);
    changed[i]! ^= 1;
    assert.ok(await codeOf(() => read(changed)), `byte ${i}`);
  }
  assert.equal(await record(), before);
  assert.is(await read(message), 'genuine');
});

test('jumps are bounded to 25,000; skipped keys to 2,000, the oldest dropped', async () => {
  const { theirs, read, record } = await pair();
  const state = createSenderKey(group, 9);
  await theirs.processDistributionMessage(distributionMessage(state));
  const at = async (iteration: number) =>
    (await sealSenderKeyMessage({ ...state, ...advance(state, iteration) }, encode(`m${iteration}`))).message;
  const beyond = { ...state, ...advance(state, 25_000) };
  const tooFar = (await sealSenderKeyMessage({ ...beyond, ...advance(beyond, 25_001) }, encode('m25001')))
    .message;
  assert.is(await codeOf(() => read(tooFar)), 'crypto/too-far');
  assert.is(await read(await at(25_000)), 'm25000');
  assert.is((await record()).received[0]!.chain.skipped.length, 2_000);
  assert.is(await codeOf(async () => read(await at(22_999))), 'crypto/duplicate-message');
  assert.is(await read(await at(23_000)), 'm23000');
  assert.is(await read(tooFar), 'm25001');
});

test('five chains of a sender are kept, the oldest dropped', async () => {
  const { theirs, record } = await pair();
  for (let chainId = 1; chainId <= 6; chainId++)
    await theirs.processDistributionMessage(distributionMessage(createSenderKey(group, chainId)));
  assert.equal(
    (await record()).received.map(({ chainId }) => chainId),
    [6, 5, 4, 3, 2],
  );
  const replaced = createSenderKey(group, 5);
  await theirs.processDistributionMessage(distributionMessage(replaced));
  assert.equal(
    (await record()).received.map(({ chainId }) => chainId),
    [5, 6, 4, 3, 2],
  );
  assert.equal((await record()).received[0]!.signingKey, replaced.signingKeyPair.publicKey);
});

test('without a chain of our own there is nothing to encrypt under', async () => {
  const { theirs } = await pair();
  assert.is(await codeOf(() => theirs.encrypt(group, encode('as alice'))), 'crypto/no-sender-key');
});

test('calls at once take turns: no iteration is used twice', async () => {
  const { ours } = await pair();
  const messages = await Promise.all(Array.from({ length: 20 }, () => ours.encrypt(group, encode('same'))));
  assert.is(new Set(messages.map((message) => parseSenderKeyMessage(message).iteration)).size, 20);
});

test('fuzz: records and messages decode or throw typed errors', async () => {
  const device = new TestDevice('fuzz');
  const cipher = new GroupCipher(device.stores, device.address);
  const distribution = await cipher.createDistributionMessage(group);
  await cipher.processDistributionMessage(distribution);
  await cipher.encrypt(group, encode('skipped'));
  const message = await cipher.encrypt(group, encode('text'));
  await cipher.decrypt(message);
  const record = (await device.stores.loadSenderKey(device.address, group))!;
  assert.ok(
    (await fuzzDecoder('sender key record', record, deserializeSenderKeyRecord, 1_000)).rejected > 100,
  );
  const next = await cipher.encrypt(group, encode('text'));
  assert.ok((await fuzzDecoder('group message', next, (bytes) => cipher.decrypt(bytes), 400)).rejected > 350);
});

test.run();
