import type { AccountId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, idBytes, LIMITS, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { ConversationError, parsing } from './errors.js';
import { accountField, checkVersion } from './fields.js';

const VERSION = 1;

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
