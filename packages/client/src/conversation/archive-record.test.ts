import {
  type AccountId,
  ByteWriter,
  type DeviceId,
  decodeCbor,
  encodeCbor,
  logName,
  randomId,
} from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import { aesGcmOpen, aesGcmSeal, importAesGcmKey } from '../crypto/aes-gcm.js';
import { advance, generateIdentityKeyPair } from '../crypto/index.js';
import { seededRandom } from '../crypto/seeded-random.js';
import {
  type ArchivedChain,
  type ArchivedConversation,
  type ArchiveRecord,
  archiveKeyId,
  openArchiveRecord,
  sealArchiveRecord,
} from './archive-record.js';
import { signChain, verifyChain } from './chain-signature.js';
import { chainOf, codeOf, conversation, id } from './envelope-fixture.js';
import { fuzzDecoder } from './fuzz-decoder.js';
import { readOwnChain } from './own-chain.js';
import { padToBucket, unpadBucket } from './padding.js';

const test = suite('archive records');

const pairShape = v.strictTuple([v.instance(Uint8Array), v.instance(Uint8Array)]);
const additionalData = (header: Uint8Array) =>
  new ByteWriter().varString('Sotto archive v1').raw(header).varString(logName('k', own.account)).finish();

const own = { account: id<AccountId>(0x11), device: id<DeviceId>(0x12), identity: generateIdentityKeyPair() };
const author = generateIdentityKeyPair();
const key = crypto.getRandomValues(new Uint8Array(32));

function archivedChain(from = 0): ArchivedChain {
  const whole = readOwnChain(chainOf(), id<AccountId>(0xa0));
  const at = advance({ iteration: 0, chainKey: whole.distribution.chainKey }, from);
  const chain = { ...whole, distribution: { ...whole.distribution, ...at } };
  const signature = signChain(chain, chain.distribution.signingKey, author);
  return { type: 'chain', chain, key: new Uint8Array(author.publicKey), signature };
}

function archivedConversation(peer: AccountId | null, events = 1): ArchivedConversation {
  const state = Array.from({ length: events }, (_, index) => new Uint8Array(200).fill(index));
  return { type: 'conversation', conversation, peer, stateKey: new Uint8Array(32).fill(9), state };
}

const listed = (device: DeviceId) => (device === own.device ? own.identity.publicKey : undefined);

function open(bytes: Uint8Array, more: Partial<Parameters<typeof openArchiveRecord>[0]> = {}) {
  return openArchiveRecord({ bytes, account: own.account, keys: [key], devices: listed, ...more });
}

test('X16 X17 records come back, from whichever of several keys sealed them', async () => {
  const records: ArchiveRecord[] = [
    archivedChain(),
    archivedChain(40),
    archivedConversation(id<AccountId>(3)),
    archivedConversation(null, 64),
  ];
  const older = crypto.getRandomValues(new Uint8Array(32));
  for (const record of records) {
    const sealed = await sealArchiveRecord(record, own, older);
    assert.equal(await open(sealed, { keys: [key, older] }), {
      status: 'open',
      archiver: own.device,
      record,
    });
    assert.equal(await open(sealed), { status: 'no-key' });
    assert.equal(sealed.subarray(1, 9), archiveKeyId(older));
  }
});

test('X15 a chain signature holds for that device, place and signing key alone, at any iteration', async () => {
  const { chain, signature } = archivedChain(7);
  const { signingKey } = chain.distribution;
  await verifyChain(chain, signingKey, signature, author.publicKey);
  const others = [
    { ...chain, epoch: chain.epoch + 1 },
    { ...chain, generation: chain.generation + 1 },
    { ...chain, device: id<DeviceId>(0x77) },
    { ...chain, conversation: randomId<typeof conversation>() },
  ];
  for (const name of others)
    assert.is(
      await codeOf(() => verifyChain(name, signingKey, signature, author.publicKey)),
      'conversation/forged',
    );
  const foreign = generateIdentityKeyPair().publicKey;
  for (const [signs, by] of [
    [foreign, author.publicKey],
    [signingKey, foreign],
    [signingKey, new Uint8Array(33)],
  ] as const)
    assert.is(await codeOf(() => verifyChain(chain, signs, signature, by)), 'conversation/forged');
});

test('X16 an element counts only for its account, from a listed device', async () => {
  const sealed = await sealArchiveRecord(archivedChain(), own, key);
  assert.is(await codeOf(() => open(sealed, { account: id<AccountId>(0x99) })), 'conversation/forged');
  assert.is(await codeOf(() => open(sealed, { devices: () => undefined })), 'conversation/unknown-device');
  const other = generateIdentityKeyPair().publicKey;
  assert.is(await codeOf(() => open(sealed, { devices: () => other })), 'conversation/forged');
});

test('X17 a chain whose author did not sign it is refused, whoever archived it', async () => {
  const genuine = archivedChain();
  const mallory = generateIdentityKeyPair();
  const { chain } = genuine;
  const forged: ArchivedChain[] = [
    { ...genuine, key: new Uint8Array(mallory.publicKey) },
    { ...genuine, signature: signChain(chain, chain.distribution.signingKey, mallory) },
    { ...genuine, signature: signChain({ ...chain, epoch: 9 }, chain.distribution.signingKey, author) },
  ];
  for (const record of forged) {
    const sealed = await sealArchiveRecord(record, own, key);
    assert.is(await codeOf(() => open(sealed)), 'conversation/forged');
  }
});

test('X16 any changed byte is refused', async () => {
  const sealed = await sealArchiveRecord(archivedConversation(null), own, key);
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = sealed.slice();
    changed[at]! ^= 1;
    if (at > 0 && at < 9) assert.equal(await open(changed), { status: 'no-key' }, `byte ${at}`);
    else
      assert.is(
        await codeOf(() => open(changed)),
        at === 0 ? 'conversation/version' : 'conversation/forged',
        `byte ${at}`,
      );
  }
});

/** What the seal holds, and the seal around something else: what a device with the archive key could write. */
async function sealedAround(change: (signed: [Uint8Array, Uint8Array]) => unknown): Promise<Uint8Array> {
  const sealed = await sealArchiveRecord(archivedChain(), own, key);
  const header = sealed.slice(0, 9);
  const data = additionalData(header);
  const imported = await importAesGcmKey(key);
  const plain = unpadBucket(await aesGcmOpen(imported, sealed.slice(9), data));
  const content = decodeCbor(pairShape, plain);
  const again = await aesGcmSeal(imported, padToBucket(encodeCbor(change(content))), data);
  return Uint8Array.of(...header, ...again);
}

test('X17 what an own device did not sign so is refused, and other versions and types are told apart', async () => {
  const changed = await sealedAround(([content, signature]) => [content.slice(0, -1), signature]);
  assert.is(await codeOf(() => open(changed)), 'conversation/malformed');
  const cases: [object, string][] = [
    [{ v: 2 }, 'conversation/version'],
    [{ v: 1, type: 'later' }, 'conversation/version'],
    [{ v: 1, type: 'chain' }, 'conversation/malformed'],
    [{}, 'conversation/malformed'],
  ];
  for (const [value, code] of cases) {
    const sealed = await sealedAround(([, signature]) => [encodeCbor(value), signature]);
    assert.is(await codeOf(() => open(sealed)), code, JSON.stringify(value));
  }
});

test('X16 fuzz: elements fail only with typed errors, inside and outside the seal', async () => {
  const sealed = await sealArchiveRecord(archivedChain(), own, key);
  await fuzzDecoder('archive element', sealed, open);
  const header = sealed.slice(0, 9);
  const imported = await importAesGcmKey(key);
  const plain = await aesGcmOpen(imported, sealed.slice(9), additionalData(header));
  await fuzzDecoder('archive record', plain, async (bytes) =>
    open(Uint8Array.of(...header, ...(await aesGcmSeal(imported, bytes, additionalData(header))))),
  );
});

test('X16 property: whatever is archived comes back the same, and its size says only its bucket', async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  process.stdout.write(`archive records: seed ${seed}\n`);
  const random = seededRandom(seed);
  const sizes = new Set<number>();
  for (let round = 0; round < 60; round += 1) {
    const record = random.below(2) === 0 ? archivedChain(random.below(900)) : archivedConversation(null, 2);
    const sealed = await sealArchiveRecord(record, own, key);
    sizes.add(sealed.length);
    const opened = await open(sealed);
    assert.equal(opened, { status: 'open', archiver: own.device, record });
  }
  assert.ok(sizes.size <= 2, `${sizes.size} sizes`);
});

test.run();
