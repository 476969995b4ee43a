import type { ConversationId, Position } from '@sotto/protocol';
import { ByteWriter, idBytes, LIMITS, parseDocumentName } from '@sotto/protocol';
import { AES_GCM_OVERHEAD, aesGcmOpen, aesGcmSeal, importAesGcmKey } from '../crypto/aes-gcm.js';
import { isCryptoError } from '../crypto/index.js';
import { ConversationError, parsing } from './errors.js';
import { equalBytes, sha256, uint32 } from './hash.js';
import { padToBucket, unpadBucket } from './padding.js';

const LABEL = 'Sotto state envelope v1';
const VERSION = 1;
export const STATE_KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
const HEADER_BYTES = 1 + KEY_ID_BYTES;

/** A fresh state key. */
export function createStateKey(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(STATE_KEY_BYTES));
}

/** Names a state key in the clear, 8 bytes: a conversation whose key was rotated has several. */
export function stateKeyId(key: Uint8Array): Uint8Array<ArrayBuffer> {
  return sha256('Sotto state key v1', key).slice(0, KEY_ID_BYTES);
}

/**
 * Seals a signed state event for one position of the state log (SPEC X10): version, key id, nonce, AES-256-GCM.
 * @param input.key state key, 32 bytes
 * @param input.signed as `signStateEvent` gives it
 * @throws ConversationError `conversation/too-large`, `conversation/misplaced` for another log
 */
export async function sealStateEnvelope(input: {
  key: Uint8Array;
  position: Position;
  signed: Uint8Array;
}): Promise<Uint8Array<ArrayBuffer>> {
  const header = Uint8Array.of(VERSION, ...stateKeyId(input.key));
  const additionalData = additional(header, input.position);
  const key = await importAesGcmKey(input.key);
  const sealed = await aesGcmSeal(key, padToBucket(input.signed), additionalData);
  return new ByteWriter(header.length + sealed.length).raw(header).raw(sealed).finish();
}

export type OpenedStateEnvelope =
  /** For `verifyStateEvent`. */
  { readonly status: 'open'; readonly signed: Uint8Array } | { readonly status: 'no-key' };

/**
 * Opens an envelope of the state log at its position.
 * @param input.keys the conversation's state keys
 * @throws ConversationError `conversation/malformed`, `conversation/version`, `conversation/forged` when the bytes or the
 * position are not those it was sealed with, `conversation/misplaced`, `conversation/too-large`
 */
export async function openStateEnvelope(input: {
  bytes: Uint8Array;
  position: Position;
  keys: readonly Uint8Array[];
}): Promise<OpenedStateEnvelope> {
  const { bytes, position, keys } = input;
  if (bytes.length > LIMITS.envelopeBytes)
    throw new ConversationError('conversation/too-large', 'state envelope');
  if (bytes.length < HEADER_BYTES + AES_GCM_OVERHEAD)
    throw new ConversationError('conversation/malformed', 'state envelope');
  if (bytes[0] !== VERSION) throw new ConversationError('conversation/version', 'state envelope');
  const header = bytes.slice(0, HEADER_BYTES);
  const additionalData = additional(header, position);
  const key = keys.find((candidate) => equalBytes(stateKeyId(candidate), header.subarray(1)));
  if (!key) return { status: 'no-key' };
  const plaintext = await open(key, bytes.subarray(HEADER_BYTES), additionalData);
  return { status: 'open', signed: unpadBucket(plaintext) };
}

async function open(
  key: Uint8Array,
  sealed: Uint8Array,
  additionalData: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await importAesGcmKey(key);
  try {
    return await aesGcmOpen(imported, sealed, additionalData);
  } catch (error) {
    if (isCryptoError(error, 'crypto/invalid-message'))
      throw new ConversationError('conversation/forged', 'state envelope', error);
    throw error;
  }
}

/** Label, header and position, so that nothing sealed for one place opens at another. */
function additional(header: Uint8Array, position: Position): Uint8Array<ArrayBuffer> {
  const { log } = parsing('document name', () => parseDocumentName(position.document)).document;
  if (log.kind !== 's') throw new ConversationError('conversation/misplaced', 'not a state log');
  return new ByteWriter()
    .varString(LABEL)
    .raw(header)
    .varString(position.document)
    .varUint(position.client)
    .varUint(position.clock)
    .finish();
}

/**
 * Seals a state key under the one that takes its place (SPEC X11), so that whoever has the newest opens all the past.
 * @param input.epoch that the new key begins
 */
export async function sealPreviousKey(input: {
  key: Uint8Array;
  previous: Uint8Array;
  conversation: ConversationId;
  epoch: number;
}): Promise<Uint8Array<ArrayBuffer>> {
  const key = await importAesGcmKey(input.key);
  return await aesGcmSeal(key, input.previous, rotationData(input));
}

/** The state key before this one; undefined where the bytes do not hold it. */
export async function openPreviousKey(input: {
  key: Uint8Array;
  sealed: Uint8Array;
  conversation: ConversationId;
  epoch: number;
}): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const key = await importAesGcmKey(input.key);
  try {
    return await aesGcmOpen(key, input.sealed, rotationData(input));
  } catch (error) {
    if (isCryptoError(error, 'crypto/invalid-message')) return undefined;
    throw error;
  }
}

function rotationData(input: { conversation: ConversationId; epoch: number }): Uint8Array<ArrayBuffer> {
  return new ByteWriter()
    .varString('Sotto previous state key v1')
    .raw(idBytes(input.conversation))
    .raw(uint32(input.epoch))
    .finish();
}
