import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { ByteWriter, decodeCbor, encodeCbor, idBytes, LIMITS, logName, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { AES_GCM_OVERHEAD, aesGcmOpen, aesGcmSeal, importAesGcmKey } from '../crypto/aes-gcm.js';
import {
  encodeDistributionMessage,
  isCryptoError,
  type KeyPair,
  SIGNATURE_LENGTH,
  sign,
} from '../crypto/index.js';
import { type ReceivedChain, receiveChain } from './chain.js';
import { CHAIN_SIGNATURE_BYTES, verifyChain } from './chain-signature.js';
import { ConversationError, parsing } from './errors.js';
import {
  accountField,
  checkVersion,
  conversationField,
  deviceField,
  publicKeyField,
  typeField,
  uint32Field,
} from './fields.js';
import { equalBytes, sha256 } from './hash.js';
import { MAX_KEY_RECORD_BYTES } from './key-record.js';
import { padToBucket, unpadBucket } from './padding.js';
import { holds } from './signature.js';
import { STATE_KEY_BYTES } from './state-envelope.js';

const VERSION = 1;
const SEAL_LABEL = 'Sotto archive v1';
const SIGN_LABEL = new TextEncoder().encode('Sotto archive record v1');
export const ARCHIVE_KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
const HEADER_BYTES = 1 + KEY_ID_BYTES;

/** A chain in the archive: what opens its author's envelopes, and the proof that they are its author's. */
export interface ArchivedChain {
  readonly type: 'chain';
  readonly chain: ReceivedChain;
  /** Identity key of the author's device when the archiver accepted the chain, 33 bytes. */
  readonly key: Uint8Array;
  /** X15, by that key. */
  readonly signature: Uint8Array;
}

/** What opens a conversation's state log. */
export interface ArchivedConversation {
  readonly type: 'conversation';
  readonly conversation: ConversationId;
  /** The other person of a direct conversation; null in a group. */
  readonly peer: AccountId | null;
  /** 32 bytes. */
  readonly stateKey: Uint8Array;
  /** Signed state events, the creation first, so that a device without the state log can begin. May be empty. */
  readonly state: readonly Uint8Array[];
}

/** An element of the key archive (SPEC X17). */
export type ArchiveRecord = ArchivedChain | ArchivedConversation;

const entries = { v: v.literal(VERSION), archiver: deviceField, conversation: conversationField };
const content = v.variant('type', [
  v.strictObject({
    ...entries,
    type: v.literal('chain'),
    epoch: uint32Field,
    device: deviceField,
    generation: uint32Field,
    account: accountField,
    distribution: schemas.bytes(256),
    key: publicKeyField,
    signature: schemas.bytesOf(CHAIN_SIGNATURE_BYTES),
  }),
  v.strictObject({
    ...entries,
    type: v.literal('conversation'),
    peer: v.nullable(accountField),
    stateKey: schemas.bytesOf(STATE_KEY_BYTES),
    state: v.pipe(v.array(schemas.bytes(MAX_KEY_RECORD_BYTES)), v.maxLength(64)),
  }),
]);
const typed = v.looseObject({ type: typeField });
const TYPES: ReadonlySet<string> = new Set<ArchiveRecord['type']>(['chain', 'conversation']);
const signedShape = v.strictTuple([schemas.bytes(LIMITS.envelopeBytes), schemas.bytesOf(SIGNATURE_LENGTH)]);

/** Names an archive key in the clear, 8 bytes: an account that removed a device has several. */
export function archiveKeyId(key: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256('Sotto archive key v1', key).slice(0, KEY_ID_BYTES);
}

/** Who archives: a device of the account whose archive it is. */
export interface Archiver {
  readonly account: AccountId;
  readonly device: DeviceId;
  /** The device's identity key pair. */
  readonly identity: KeyPair;
}

/**
 * Seals an element of the account's key archive (SPEC X16). It says nothing of a position, so it may stand anywhere.
 * @param key archive key, 32 bytes
 * @throws ConversationError `conversation/too-large`
 */
export async function sealArchiveRecord(
  record: ArchiveRecord,
  by: Archiver,
  key: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = encodeCbor({ v: VERSION, archiver: idBytes(by.device), ...fieldsOf(record) });
  const signature = sign(by.identity.privateKey, signedBytes(by.account, bytes));
  const header = Uint8Array.of(VERSION, ...archiveKeyId(key));
  const plaintext = padToBucket(encodeCbor([bytes, signature]));
  const sealed = await aesGcmSeal(await importAesGcmKey(key), plaintext, additional(header, by.account));
  return new ByteWriter(header.length + sealed.length).raw(header).raw(sealed).finish();
}

export type OpenedArchiveRecord =
  | { readonly status: 'open'; readonly archiver: DeviceId; readonly record: ArchiveRecord }
  /** Sealed by a key that is not here. */
  | { readonly status: 'no-key' };

/**
 * Opens an element of the account's key archive and verifies who put it there and, of a chain, whose it is.
 * @param input.devices identity key of a device on the account's own verified list
 * @throws ConversationError `conversation/unknown-device` when the archiver is not listed, `conversation/forged`,
 * `conversation/malformed`, `conversation/misplaced`, `conversation/too-large`, and `conversation/version` for a version or a type that
 * only a newer program knows
 */
export async function openArchiveRecord(input: {
  bytes: Uint8Array;
  account: AccountId;
  keys: readonly Uint8Array[];
  devices: (device: DeviceId) => Uint8Array | undefined;
}): Promise<OpenedArchiveRecord> {
  const { bytes, account, keys, devices } = input;
  checkLayout(bytes);
  const header = bytes.slice(0, HEADER_BYTES);
  const key = keys.find((candidate) => equalBytes(archiveKeyId(candidate), header.subarray(1)));
  if (!key) return { status: 'no-key' };
  const plaintext = await unseal(key, bytes.subarray(HEADER_BYTES), additional(header, account));
  const [signed, signature] = parsing('archive record', () =>
    decodeCbor(signedShape, unpadBucket(plaintext)),
  );
  const { archiver, record } = decodeContent(signed);
  const by = devices(archiver);
  if (!by) throw new ConversationError('conversation/unknown-device', 'archiver');
  if (!(await holds(by, signedBytes(account, signed), signature)))
    throw new ConversationError('conversation/forged', 'archive record');
  if (record.type === 'chain')
    await verifyChain(record.chain, record.chain.distribution.signingKey, record.signature, record.key);
  return { status: 'open', archiver, record };
}

function checkLayout(bytes: Uint8Array): void {
  if (bytes.length > LIMITS.envelopeBytes)
    throw new ConversationError('conversation/too-large', 'archive element');
  if (bytes.length < HEADER_BYTES + AES_GCM_OVERHEAD)
    throw new ConversationError('conversation/malformed', 'archive element');
  if (bytes[0] !== VERSION) throw new ConversationError('conversation/version', 'archive element');
}

async function unseal(key: Uint8Array, sealed: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  try {
    return await aesGcmOpen(await importAesGcmKey(key), sealed, data);
  } catch (error) {
    if (isCryptoError(error, 'crypto/invalid-message'))
      throw new ConversationError('conversation/forged', 'archive element', error);
    throw error;
  }
}

function decodeContent(bytes: Uint8Array): { archiver: DeviceId; record: ArchiveRecord } {
  return parsing('archive record', () => {
    checkVersion(bytes, VERSION, 'archive record');
    if (!TYPES.has(decodeCbor(typed, bytes).type))
      throw new ConversationError('conversation/version', 'archive record');
    const { v: _, archiver, ...fields } = decodeCbor(content, bytes);
    if (fields.type === 'conversation') return { archiver, record: fields };
    const { type, key, signature, distribution, ...name } = fields;
    return { archiver, record: { type, chain: receiveChain(name, distribution), key, signature } };
  });
}

function fieldsOf(record: ArchiveRecord): object {
  if (record.type === 'conversation') {
    const { type, conversation, peer, stateKey, state } = record;
    return { type, conversation: idBytes(conversation), peer: peer && idBytes(peer), stateKey, state };
  }
  const { type, chain, key, signature } = record;
  return {
    type,
    conversation: idBytes(chain.conversation),
    epoch: chain.epoch,
    device: idBytes(chain.device),
    generation: chain.generation,
    account: idBytes(chain.account),
    distribution: encodeDistributionMessage(chain.distribution),
    key,
    signature,
  };
}

/** The label and whose archive it is, so that nothing signed for one account passes in another's. */
function signedBytes(account: AccountId, bytes: Uint8Array): Uint8Array {
  return new ByteWriter(bytes.length + 64).raw(SIGN_LABEL).raw(idBytes(account)).raw(bytes).finish();
}

function additional(header: Uint8Array, account: AccountId): Uint8Array<ArrayBuffer> {
  return new ByteWriter().varString(SEAL_LABEL).raw(header).varString(logName('k', account)).finish();
}
