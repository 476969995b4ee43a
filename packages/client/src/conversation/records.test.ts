import { type AccountId, type ConversationId, encodeCbor, idBytes, LIMITS } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generateIdentityKeyPair } from '../crypto/index.js';
import { signAccountKeys, verifyAccountKeys } from './account-keys-record.js';
import { distributionId } from './chain.js';
import {
  account,
  chainOf,
  clock,
  codeOf,
  conversation,
  device,
  id,
  messageBytes,
} from './envelope-fixture.js';
import { fuzzDecoder } from './fuzz-decoder.js';
import { NO_HASH } from './hash.js';
import { decodeInboxElement, encodeInboxElement } from './inbox-element.js';
import { decodeInboxRecord, encodeInboxRecord, type InboxRecord } from './inbox-record.js';
import { type KeyRecord, MAX_KEY_RECORD_BYTES } from './key-record.js';
import { ownDistribution } from './own-chain.js';
import { padToMultiple } from './padding.js';
import { MAX_PAST_CHAINS } from './past-record.js';
import { decodeReadMark, encodeReadMark, laterMark } from './read-mark.js';
import { createStateKey } from './state-envelope.js';
import { decodeStoredContent, encodeStoredContent, type StoredContent } from './stored-content.js';

const test = suite('records');

function keyRecord(state: readonly Uint8Array[] = []): KeyRecord {
  const chain = chainOf();
  const { epoch, generation } = chain;
  const distribution = ownDistribution(chain);
  const signature = new Uint8Array(64).fill(7);
  const stateKey = createStateKey();
  return { type: 'chain', conversation, epoch, generation, distribution, signature, stateKey, state };
}

test('X13 a key record comes back, with and without state events', () => {
  for (const state of [[], [new Uint8Array(200).fill(3), new Uint8Array(0)]]) {
    const record = keyRecord(state);
    const bytes = encodeInboxRecord(record);
    assert.is(bytes.length % 64, 0);
    assert.equal(decodeInboxRecord(bytes), record);
  }
});

test('X22 who took somebody out comes back', () => {
  const record = { type: 'removed', conversation, event: new Uint8Array(700).fill(9) } as const;
  assert.equal(decodeInboxRecord(encodeInboxRecord(record)), record);
});

test('X20 chains from before somebody joined come back, as many as one record holds and no more', async () => {
  const chain = chainOf();
  const past = (count: number): InboxRecord => ({
    type: 'past',
    conversation,
    chains: Array.from({ length: count }, () => ({
      ...{ account, device: chain.device, epoch: chain.epoch, generation: chain.generation },
      distribution: ownDistribution(chain),
      signature: new Uint8Array(64).fill(7),
    })),
  });
  for (const count of [1, MAX_PAST_CHAINS]) {
    const bytes = encodeInboxRecord(past(count));
    assert.equal(decodeInboxRecord(bytes), past(count));
  }
  for (const count of [0, MAX_PAST_CHAINS + 1])
    assert.is(
      await codeOf(() => decodeInboxRecord(encodeInboxRecord(past(count)))),
      'conversation/malformed',
    );
});

test('X13 a key record too large for an inbox is refused', async () => {
  const record = keyRecord([new Uint8Array(MAX_KEY_RECORD_BYTES)]);
  assert.is(await codeOf(() => encodeInboxRecord(record)), 'conversation/too-large');
  const huge = new Uint8Array(MAX_KEY_RECORD_BYTES + 65);
  assert.is(await codeOf(() => decodeInboxRecord(huge)), 'conversation/too-large');
  const largest = encodeInboxRecord(keyRecord([new Uint8Array(MAX_KEY_RECORD_BYTES - 400)]));
  assert.ok(
    encodeInboxElement({ account, kind: 'prekey', body: new Uint8Array(largest.length + 2_500) }).length <=
      LIMITS.envelopeBytes,
    'a pre-key message with its KEM ciphertext around the largest record fits an inbox element',
  );
});

const others: InboxRecord[] = [
  { type: 'request', conversations: [], account: true },
  {
    type: 'request',
    conversations: [
      { conversation, chains: [distributionId(chainOf()), distributionId({ ...chainOf(), epoch: 9 })] },
      { conversation: id<ConversationId>(9), chains: [] },
    ],
    account: false,
  },
];

const accountIdentity = generateIdentityKeyPair();
const accountKeys = signAccountKeys(
  account,
  {
    accountLogKeys: [createStateKey()],
    archiveKeys: [createStateKey(), createStateKey()],
    vaultVersion: 4,
    devices: [device],
  },
  accountIdentity,
);

test('X18 X19 requests and account keys come back', () => {
  for (const record of [...others, accountKeys]) {
    const bytes = encodeInboxRecord(record);
    assert.is(bytes.length % 64, 0);
    assert.equal(decodeInboxRecord(bytes), record);
  }
});

test('X19 K7 account keys are signed by the account, all of them', async () => {
  const { publicKey } = accountIdentity;
  assert.ok(await verifyAccountKeys(account, accountKeys, publicKey));
  const others = generateIdentityKeyPair().publicKey;
  assert.not.ok(await verifyAccountKeys(account, accountKeys, others));
  assert.not.ok(await verifyAccountKeys(id<AccountId>(77), accountKeys, publicKey));
  for (const changed of [
    { vaultVersion: 5 },
    { devices: [] },
    { accountLogKeys: [createStateKey()] },
    { accountLogKeys: [...accountKeys.accountLogKeys, createStateKey()] },
    { archiveKeys: [...accountKeys.archiveKeys].reverse() },
    { accountLogKeys: accountKeys.archiveKeys, archiveKeys: accountKeys.accountLogKeys },
  ])
    assert.not.ok(
      await verifyAccountKeys(account, { ...accountKeys, ...changed }, publicKey),
      JSON.stringify(changed),
    );
});

test('X13 a record of a type nobody knows yet is for a newer program; X18 bounds what one may ask', async () => {
  const padded = (value: object) => padToMultiple(encodeCbor(value), 64);
  const request = (chains: number) => ({
    v: 1,
    type: 'request',
    conversations: [[idBytes(conversation), Array.from({ length: chains }, () => new Uint8Array(16))]],
    account: false,
  });
  const cases: [object, string | undefined][] = [
    [{ v: 1, type: 'later' }, 'conversation/version'],
    [{ v: 2, type: 'request' }, 'conversation/version'],
    [{ v: 1 }, 'conversation/malformed'],
    [{ v: 1, type: 'request' }, 'conversation/malformed'],
    [request(64), undefined],
    [request(65), 'conversation/malformed'],
    [
      {
        v: 1,
        type: 'account',
        accountLogKeys: [],
        archiveKeys: [],
        vaultVersion: 1,
        signature: new Uint8Array(64),
      },
      'conversation/malformed',
    ],
  ];
  for (const [value, code] of cases)
    assert.is(await codeOf(() => decodeInboxRecord(padded(value))), code, JSON.stringify(value));
});

test('X13 an inbox element comes back; later versions and foreign fields are told apart', async () => {
  for (const kind of ['prekey', 'message'] as const) {
    const element = { account, kind, body: Uint8Array.of(1, 2, 3) };
    assert.equal(decodeInboxElement(encodeInboxElement(element)), element);
  }
  const raw = { v: 1, account: idBytes(account), kind: 'message', body: Uint8Array.of(1) };
  const cases: [object, string][] = [
    [{ ...raw, v: 2 }, 'conversation/version'],
    [{ ...raw, extra: 1 }, 'conversation/malformed'],
    [{ ...raw, kind: 'other' }, 'conversation/malformed'],
    [{ ...raw, account }, 'conversation/malformed'],
    [{}, 'conversation/malformed'],
  ];
  for (const [value, code] of cases)
    assert.is(await codeOf(() => decodeInboxElement(encodeCbor(value))), code, JSON.stringify(value));
  const body = new Uint8Array(LIMITS.envelopeBytes);
  const large = { account: id<AccountId>(1), kind: 'message', body } as const;
  assert.is(await codeOf(() => encodeInboxElement(large)), 'conversation/too-large');
});

const contents: StoredContent[] = [
  {
    status: 'open',
    device,
    generation: 3,
    seq: 9,
    prev: NO_HASH.slice(),
    epoch: 2,
    iteration: 17,
    event: messageBytes('kept'),
    own: true,
  },
  {
    status: 'waiting',
    device,
    sealed: new Uint8Array(90).fill(4),
    distributionId: distributionId(chainOf()),
  },
  { status: 'refused', device, reason: 'conversation/forged' },
  { status: 'state', device, signed: new Uint8Array(120).fill(5) },
];

test('X14 stored contents come back', () => {
  for (const content of contents) assert.equal(decodeStoredContent(encodeStoredContent(content)), content);
});

test('U7 a read mark only moves forwards', () => {
  const mark = { clock, device };
  const earlier = { clock: { ...clock, counter: 0 }, device };
  assert.equal(decodeReadMark(encodeReadMark(mark)), mark);
  assert.is(laterMark(undefined, mark), mark);
  assert.is(laterMark(earlier, mark), mark);
  assert.is(laterMark(mark, earlier), mark);
});

test('X13 X14 fuzz: records fail only with typed errors', async () => {
  const record = keyRecord([new Uint8Array(40)]);
  for (const one of [record, ...others])
    await fuzzDecoder(`${one.type} record`, encodeInboxRecord(one), decodeInboxRecord);
  const element = { account, kind: 'message', body: new Uint8Array(30) } as const;
  await fuzzDecoder('inbox element', encodeInboxElement(element), decodeInboxElement);
  await fuzzDecoder('read mark', encodeReadMark({ clock, device }), decodeReadMark);
  for (const content of contents)
    await fuzzDecoder(`stored ${content.status}`, encodeStoredContent(content), decodeStoredContent);
});

test.run();
