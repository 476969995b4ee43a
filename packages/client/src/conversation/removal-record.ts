import type { ConversationId } from '@sotto/protocol';
import { idBytes, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { conversationField } from './fields.js';
import { MAX_STATE_BYTES } from './state-event.js';

/** Tells somebody who was taken out by whom: what says so in the state log is sealed by a key that they are not given. */
export interface RemovalRecord {
  readonly type: 'removed';
  readonly conversation: ConversationId;
  /** The signed state event. */
  readonly event: Uint8Array;
}

/** Its fields in sealed CBOR (SPEC X22), beside the version. */
export const removalRecordEntries = {
  type: v.literal('removed'),
  conversation: conversationField,
  event: schemas.bytes(MAX_STATE_BYTES + 200),
};

/** What is encoded of it. */
export function removalRecordFields({ type, conversation, event }: RemovalRecord) {
  return { type, conversation: idBytes(conversation), event };
}
