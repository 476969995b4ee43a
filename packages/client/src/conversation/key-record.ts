import type { ConversationId } from '@sotto/protocol';
import { idBytes, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { CHAIN_SIGNATURE_BYTES } from './chain-signature.js';
import { conversationField, uint32Field } from './fields.js';
import { STATE_KEY_BYTES } from './state-envelope.js';

/** Most that a record may weigh: with the pairwise message around it, it fits one envelope. */
export const MAX_KEY_RECORD_BYTES = 62_000;

/**
 * What lets a device into a conversation's epoch: the sender's chain and the state key. The device it speaks of is the
 * one over whose session it came.
 */
export interface KeyRecord {
  readonly type: 'chain';
  readonly conversation: ConversationId;
  readonly epoch: number;
  /** Of the sender's lease. */
  readonly generation: number;
  /** SenderKeyDistributionMessage: for `receiveChain`. */
  readonly distribution: Uint8Array;
  /** By the author's device: for `verifyChain`. */
  readonly signature: Uint8Array;
  /** 32 bytes. */
  readonly stateKey: Uint8Array;
  /** Signed state events, the creation first, so that a device without the state log can begin. May be empty. */
  readonly state: readonly Uint8Array[];
}

/** Its fields in sealed CBOR (SPEC X13), beside the version. */
export const keyRecordEntries = {
  type: v.literal('chain'),
  conversation: conversationField,
  epoch: uint32Field,
  generation: uint32Field,
  distribution: schemas.bytes(256),
  signature: schemas.bytesOf(CHAIN_SIGNATURE_BYTES),
  stateKey: schemas.bytesOf(STATE_KEY_BYTES),
  state: v.pipe(v.array(schemas.bytes(MAX_KEY_RECORD_BYTES)), v.maxLength(64)),
};

/** What is encoded of it. */
export function keyRecordFields(record: KeyRecord) {
  return { ...record, conversation: idBytes(record.conversation) };
}
