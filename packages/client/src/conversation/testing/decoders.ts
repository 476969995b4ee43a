import type { FuzzedDecoders } from '@sotto/protocol/testing';
import { generateIdentityKeyPair } from '../../crypto/index.js';
import {
  type ArchiveRecord,
  type Archiver,
  openArchiveRecord,
  sealArchiveRecord,
} from '../archive-record.js';
import { decodeBinding, encodeBinding } from '../binding.js';
import { distributionId } from '../chain.js';
import { ChainCache } from '../chain-cache.js';
import { decodeOwnChain, decodeReceivedChain, encodeOwnChain, encodeReceivedChain } from '../chain-record.js';
import { signChain } from '../chain-signature.js';
import { openEnvelope, readEnvelopeHeader } from '../envelope.js';
import {
  account,
  bindingAt,
  chainOf,
  clock,
  conversation,
  device,
  messageBytes,
  positionAt,
  sealText,
} from '../envelope-fixture.js';
import { createReceipt, decodeEvent, encodeEvent } from '../event.js';
import { NO_HASH } from '../hash.js';
import { decodeInboxElement, encodeInboxElement } from '../inbox-element.js';
import { decodeInboxRecord, encodeInboxRecord } from '../inbox-record.js';
import { ownDistribution, readOwnChain } from '../own-chain.js';
import { padToBucket, padToMultiple, unpadBucket, unpadMultiple } from '../padding.js';
import { decodeReadMark, encodeReadMark } from '../read-mark.js';
import { createStateKey, openStateEnvelope, sealStateEnvelope } from '../state-envelope.js';
import { decodeStateEvent, encodeStateEvent } from '../state-event.js';
import { ada, creation, devices } from '../state-fixture.js';
import { readStateEvent, signStateEvent, verifyStateEvent } from '../state-signature.js';
import { decodeStoredContent, encodeStoredContent } from '../stored-content.js';
import { decodeText } from '../text.js';
import { stateEventSamples, stateLog } from './state-log-decoder.js';

const chain = chainOf();
const read = readOwnChain(chain, account);
const stateKey = createStateKey();
const statePosition = { document: `s.${conversation}.0` as never, client: 5, clock: 6 };
const created = signStateEvent(creation(ada), ada.keys);
const archiver: Archiver = { account, device, identity: generateIdentityKeyPair() };
const receipt = createReceipt({ watermarks: [{ device, generation: 1, delivered: 4, read: -1 }], clock });

const archived: readonly ArchiveRecord[] = [
  {
    type: 'chain',
    chain: read,
    key: archiver.identity.publicKey,
    signature: signChain(chain, read.distribution.signingKey, archiver.identity),
  },
  { type: 'conversation', conversation, peer: account, stateKey, state: [created] },
];

const records = [
  encodeInboxRecord({
    type: 'chain',
    conversation,
    epoch: chain.epoch,
    generation: chain.generation,
    distribution: ownDistribution(chain),
    signature: new Uint8Array(64).fill(3),
    stateKey,
    state: [created],
  }),
  encodeInboxRecord({
    type: 'request',
    conversations: [{ conversation, chains: [distributionId(chain)] }],
    account: true,
  }),
  encodeInboxRecord({
    type: 'account',
    accountLogKeys: [stateKey],
    archiveKeys: [stateKey, stateKey],
    vaultVersion: 2,
    devices: [device],
    signature: new Uint8Array(64).fill(3),
  }),
  encodeInboxRecord({
    type: 'past',
    conversation,
    chains: [
      {
        ...{ account, device, epoch: chain.epoch, generation: chain.generation },
        distribution: ownDistribution(chain),
        signature: new Uint8Array(64).fill(3),
      },
    ],
  }),
  encodeInboxRecord({ type: 'removed', conversation, event: created }),
];

const stored = [
  encodeStoredContent({
    ...{ status: 'open', device, generation: 1, seq: 2, prev: NO_HASH, epoch: 0, iteration: 3 },
    event: messageBytes('text'),
    own: true,
  }),
  encodeStoredContent({
    ...{ status: 'waiting', device, sealed: new Uint8Array(80), distributionId: distributionId(chain) },
  }),
  encodeStoredContent({ status: 'refused', device, reason: 'conversation/forged' }),
  encodeStoredContent({ status: 'state', device, signed: created }),
  encodeStoredContent({ status: 'sealed', device, sealed: new Uint8Array(80) }),
];

const inBuckets = { strip: unpadBucket, add: padToBucket };
const inBlocks = {
  strip: (bytes: Uint8Array) => unpadMultiple(bytes, 64),
  add: (content: Uint8Array) => padToMultiple(content, 64),
};

/** Every decoder of what members seal, and of what this device keeps of it. */
export const conversationDecoders: FuzzedDecoders = {
  'envelope header': {
    samples: async () => [await sealText(chain, 0, 'header')],
    decode: readEnvelopeHeader,
    form: 'bytes',
  },
  envelope: {
    samples: async () => [await sealText(chain, 1, 'text')],
    decode: (bytes) =>
      openEnvelope({ bytes, position: positionAt(), device, chains: () => read, cache: new ChainCache() }),
    form: 'bytes',
  },
  binding: {
    samples: () => [encodeBinding({ ...bindingAt(), conversation, epoch: 2 }, messageBytes('text'))],
    decode: decodeBinding,
    form: 'bytes',
    padding: inBuckets,
  },
  event: {
    samples: () => [messageBytes('text'), encodeEvent(receipt)],
    decode: decodeEvent,
    form: 'cbor',
  },
  text: { samples: () => [new TextEncoder().encode('gr\u00f6\u00dfer')], decode: decodeText, form: 'bytes' },
  'state event': {
    samples: async () => [encodeStateEvent(creation(ada)), ...(await stateEventSamples())],
    decode: decodeStateEvent,
    form: 'cbor',
  },
  'state log': stateLog,
  'signed state event': {
    samples: () => [created],
    decode: async (bytes) => {
      readStateEvent(bytes);
      return verifyStateEvent(bytes, creation(ada).conversation, devices);
    },
    form: 'cbor',
  },
  'state envelope': {
    samples: async () => [
      await sealStateEnvelope({ key: stateKey, position: statePosition, signed: created }),
    ],
    decode: (bytes) => openStateEnvelope({ bytes, position: statePosition, keys: [stateKey] }),
    form: 'bytes',
  },
  'inbox element': {
    samples: () => [encodeInboxElement({ account, kind: 'prekey', body: new Uint8Array(70).fill(7) })],
    decode: decodeInboxElement,
    form: 'cbor',
  },
  'inbox record': { samples: () => records, decode: decodeInboxRecord, form: 'cbor', padding: inBlocks },
  'archive record': {
    samples: () => Promise.all(archived.map((record) => sealArchiveRecord(record, archiver, stateKey))),
    decode: (bytes) =>
      openArchiveRecord({ bytes, account, keys: [stateKey], devices: () => archiver.identity.publicKey }),
    form: 'bytes',
  },
  'own chain': { samples: () => [encodeOwnChain(chain)], decode: decodeOwnChain, form: 'cbor' },
  'received chain': { samples: () => [encodeReceivedChain(read)], decode: decodeReceivedChain, form: 'cbor' },
  'read mark': { samples: () => [encodeReadMark({ clock, device })], decode: decodeReadMark, form: 'cbor' },
  'stored content': { samples: () => stored, decode: decodeStoredContent, form: 'cbor' },
};
