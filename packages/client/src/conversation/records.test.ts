import { type AccountId, encodeCbor, idBytes, LIMITS } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
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
import {
  decodeInboxElement,
  decodeKeyRecord,
  encodeInboxElement,
  encodeKeyRecord,
  type KeyRecord,
  MAX_KEY_RECORD_BYTES,
} from './key-record.js';
import { ownDistribution } from './own-chain.js';
import { decodeReadMark, encodeReadMark, laterMark } from './read-mark.js';
import { createStateKey } from './state-envelope.js';
import { decodeStoredContent, encodeStoredContent, type StoredContent } from './stored-content.js';

const test = suite('records');

function keyRecord(state: readonly Uint8Array[] = []): KeyRecord {
  const chain = chainOf();
  const { epoch, generation } = chain;
  const distribution = ownDistribution(chain);
  return { conversation, epoch, generation, distribution, stateKey: createStateKey(), state };
}

test('X13 a key record comes back, with and without state events', () => {
  for (const state of [[], [new Uint8Array(200).fill(3), new Uint8Array(0)]]) {
    const record = keyRecord(state);
    const bytes = encodeKeyRecord(record);
    assert.is(bytes.length % 64, 0);
    assert.equal(decodeKeyRecord(bytes), record);
  }
});

test('X13 a key record too large for an inbox is refused', async () => {
  const record = keyRecord([new Uint8Array(MAX_KEY_RECORD_BYTES)]);
  assert.is(await codeOf(() => encodeKeyRecord(record)), 'conversation/too-large');
  const huge = new Uint8Array(MAX_KEY_RECORD_BYTES + 65);
  assert.is(await codeOf(() => decodeKeyRecord(huge)), 'conversation/too-large');
  const largest = encodeKeyRecord(keyRecord([new Uint8Array(MAX_KEY_RECORD_BYTES - 400)]));
  assert.ok(
    encodeInboxElement({ account, kind: 'prekey', body: new Uint8Array(largest.length + 2_500) }).length <=
      LIMITS.envelopeBytes,
    'a pre-key message with its KEM ciphertext around the largest record fits an inbox element',
  );
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
  await fuzzDecoder('key record', encodeKeyRecord(record), decodeKeyRecord);
  const element = { account, kind: 'message', body: new Uint8Array(30) } as const;
  await fuzzDecoder('inbox element', encodeInboxElement(element), decodeInboxElement);
  await fuzzDecoder('read mark', encodeReadMark({ clock, device }), decodeReadMark);
  for (const content of contents)
    await fuzzDecoder(`stored ${content.status}`, encodeStoredContent(content), decodeStoredContent);
});

test.run();
