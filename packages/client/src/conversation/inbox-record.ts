import { decodeCbor, encodeCbor } from '@sotto/protocol';
import * as v from 'valibot';
import { type AccountKeysRecord, accountKeysRecordEntries } from './account-keys-record.js';
import { ConversationError, parsing } from './errors.js';
import { checkVersion, typeField } from './fields.js';
import { type KeyRecord, keyRecordEntries, keyRecordFields, MAX_KEY_RECORD_BYTES } from './key-record.js';
import { padToMultiple, unpadMultiple } from './padding.js';
import { type PastRecord, pastRecordEntries, pastRecordFields } from './past-record.js';
import { type RemovalRecord, removalRecordEntries, removalRecordFields } from './removal-record.js';
import { type RequestRecord, requestRecordEntries, requestRecordFields } from './request-record.js';

const VERSION = 1;
/** Plaintexts of records are multiples of this, in bytes. */
const BLOCK = 64;

/** What one device tells another over their pairwise session, through its inbox (SPEC X13). */
export type InboxRecord = KeyRecord | RequestRecord | AccountKeysRecord | PastRecord | RemovalRecord;

const version = { v: v.literal(VERSION) };
const record = v.variant('type', [
  v.strictObject({ ...version, ...keyRecordEntries }),
  v.strictObject({ ...version, ...requestRecordEntries }),
  v.strictObject({ ...version, ...accountKeysRecordEntries }),
  v.strictObject({ ...version, ...pastRecordEntries }),
  v.strictObject({ ...version, ...removalRecordEntries }),
]);
const typed = v.looseObject({ type: typeField });
const TYPES: ReadonlySet<string> = new Set<InboxRecord['type']>([
  'chain',
  'request',
  'account',
  'past',
  'removed',
]);

/**
 * The padded plaintext of a record (SPEC X13, X18 to X20, X22), for a pairwise session. Secret.
 * @throws ConversationError `conversation/too-large`
 */
export function encodeInboxRecord(input: InboxRecord): Uint8Array<ArrayBuffer> {
  const encoded = encodeCbor({ v: VERSION, ...fieldsOf(input) });
  if (encoded.length >= MAX_KEY_RECORD_BYTES)
    throw new ConversationError('conversation/too-large', 'inbox record');
  return padToMultiple(encoded, BLOCK);
}

/**
 * @throws ConversationError `conversation/malformed`, `conversation/too-large`, and `conversation/version` for a version or a
 * type that only a newer program knows
 */
export function decodeInboxRecord(plaintext: Uint8Array): InboxRecord {
  if (plaintext.length > MAX_KEY_RECORD_BYTES + BLOCK)
    throw new ConversationError('conversation/too-large', 'inbox record');
  return parsing('inbox record', () => {
    const content = unpadMultiple(plaintext, BLOCK);
    checkVersion(content, VERSION, 'inbox record');
    if (!TYPES.has(decodeCbor(typed, content).type))
      throw new ConversationError('conversation/version', 'inbox record');
    const { v: _, ...fields } = decodeCbor(record, content);
    return fields;
  });
}

function fieldsOf(input: InboxRecord): object {
  switch (input.type) {
    case 'chain':
      return keyRecordFields(input);
    case 'request':
      return requestRecordFields(input);
    case 'past':
      return pastRecordFields(input);
    case 'removed':
      return removalRecordFields(input);
    case 'account':
      return input;
  }
}
