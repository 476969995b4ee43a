import type { AccountId, ConversationId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, idBytes, LIMITS, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { ConversationError, parsing } from './errors.js';
import { accountField, checkVersion, conversationField, uint32Field } from './fields.js';
import { padToMultiple, unpadMultiple } from './padding.js';
import { STATE_KEY_BYTES } from './state-envelope.js';

const VERSION = 1;
/** Plaintexts of key records are multiples of this, in bytes. */
const BLOCK = 64;
/** Most that a record may weigh: with the pairwise message around it, it fits one envelope. */
export const MAX_KEY_RECORD_BYTES = 62_000;

/**
 * What lets a device into a conversation's epoch: the sender's chain and the state key. The device it speaks of is the
 * one over whose session it came.
 */
export interface KeyRecord {
  readonly conversation: ConversationId;
  readonly epoch: number;
  /** Of the sender's lease. */
  readonly generation: number;
  /** SenderKeyDistributionMessage: for `receiveChain`. */
  readonly distribution: Uint8Array;
  /** 32 bytes. */
  readonly stateKey: Uint8Array;
  /** Signed state events, the creation first, so that a device without the state log can begin. May be empty. */
  readonly state: readonly Uint8Array[];
}

const record = v.strictObject({
  v: v.literal(VERSION),
  conversation: conversationField,
  epoch: uint32Field,
  generation: uint32Field,
  distribution: schemas.bytes(256),
  stateKey: schemas.bytesOf(STATE_KEY_BYTES),
  state: v.pipe(v.array(schemas.bytes(MAX_KEY_RECORD_BYTES)), v.maxLength(64)),
});

/**
 * The padded plaintext of a key record (SPEC X13), for a pairwise session. Secret.
 * @throws ConversationError `conversation/too-large`
 */
export function encodeKeyRecord(input: KeyRecord): Uint8Array<ArrayBuffer> {
  const { epoch, generation, distribution, stateKey, state } = input;
  const conversation = idBytes(input.conversation);
  const body = { v: VERSION, conversation, epoch, generation, distribution, stateKey, state };
  const encoded = encodeCbor(body);
  if (encoded.length >= MAX_KEY_RECORD_BYTES)
    throw new ConversationError('conversation/too-large', 'key record');
  return padToMultiple(encoded, BLOCK);
}

/** @throws ConversationError `conversation/malformed`, `conversation/version`, `conversation/too-large` */
export function decodeKeyRecord(plaintext: Uint8Array): KeyRecord {
  if (plaintext.length > MAX_KEY_RECORD_BYTES + BLOCK)
    throw new ConversationError('conversation/too-large', 'key record');
  return parsing('key record', () => {
    const content = unpadMultiple(plaintext, BLOCK);
    checkVersion(content, VERSION, 'key record');
    const { v: _, ...fields } = decodeCbor(record, content);
    return fields;
  });
}

/** An element of an inbox: who says it is from whom, in the clear, around a Signal message. */
export interface InboxElement {
  /** The sender's account; believed only once the session's identity is on that account's list. */
  readonly account: AccountId;
  /** `prekey` begins a session. */
  readonly kind: 'prekey' | 'message';
  /** The serialised Signal message. */
  readonly body: Uint8Array;
}

const element = v.strictObject({
  v: v.literal(VERSION),
  account: accountField,
  kind: v.picklist(['prekey', 'message']),
  body: schemas.bytes(LIMITS.envelopeBytes),
});

/** @throws ConversationError `conversation/too-large` */
export function encodeInboxElement(input: InboxElement): Uint8Array<ArrayBuffer> {
  const account = idBytes(input.account);
  const bytes = encodeCbor({ v: VERSION, account, kind: input.kind, body: input.body });
  if (bytes.length > LIMITS.envelopeBytes)
    throw new ConversationError('conversation/too-large', 'inbox element');
  return bytes;
}

/** @throws ConversationError `conversation/malformed`, `conversation/version`, `conversation/too-large` */
export function decodeInboxElement(bytes: Uint8Array): InboxElement {
  if (bytes.length > LIMITS.envelopeBytes)
    throw new ConversationError('conversation/too-large', 'inbox element');
  return parsing('inbox element', () => {
    checkVersion(bytes, VERSION, 'inbox element');
    const { v: _, ...fields } = decodeCbor(element, bytes);
    return fields;
  });
}
