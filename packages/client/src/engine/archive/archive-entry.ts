import type { ConversationId, DeviceId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, idBytes, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { ArchiveRecord } from '../../conversation/archive-record.js';
import { distributionId } from '../../conversation/chain.js';
import { type DistributionId, distributionIdField } from '../../conversation/fields.js';

/** That a chain is in the archive, and what it takes to put it there again. No secrets. */
export interface ChainEntry {
  readonly status: 'chain';
  readonly archiver: DeviceId;
  readonly conversation: ConversationId;
  readonly id: DistributionId;
  /** Where the archived copy begins. */
  readonly iteration: number;
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

/** That a state key is in the archive. */
export interface StateEntry {
  readonly status: 'state';
  readonly archiver: DeviceId;
  readonly conversation: ConversationId;
  /** First bytes of its hash, as in the state log. */
  readonly keyId: Uint8Array;
}

/** What a device keeps of an element of the archive. */
export type ArchiveEntry =
  | ChainEntry
  | StateEntry
  /** Its key, or the list that names who archived it, is not here yet. */
  | { readonly status: 'sealed'; readonly bytes: Uint8Array }
  | { readonly status: 'refused' };

const entrySchema = v.variant('status', [
  v.strictObject({
    status: v.literal('chain'),
    archiver: schemas.deviceId,
    conversation: schemas.conversationId,
    id: distributionIdField,
    iteration: schemas.count,
    key: v.instance(Uint8Array),
    signature: v.instance(Uint8Array),
  }),
  v.strictObject({
    status: v.literal('state'),
    archiver: schemas.deviceId,
    conversation: schemas.conversationId,
    keyId: v.instance(Uint8Array),
  }),
  v.strictObject({ status: v.literal('sealed'), bytes: v.instance(Uint8Array) }),
  v.strictObject({ status: v.literal('refused') }),
]);

/** What to keep of a record that was archived. @param keyId of a state key */
export function entryOf(
  record: ArchiveRecord,
  archiver: DeviceId,
  keyId: (stateKey: Uint8Array) => Uint8Array,
): ChainEntry | StateEntry {
  if (record.type === 'conversation')
    return {
      status: 'state',
      archiver,
      conversation: record.conversation,
      keyId: keyId(record.stateKey),
    };
  const { chain, key, signature } = record;
  return {
    status: 'chain',
    archiver,
    conversation: chain.conversation,
    id: distributionId(chain),
    iteration: chain.distribution.iteration,
    key,
    signature,
  };
}

export function encodeArchiveEntry(entry: ArchiveEntry): Uint8Array {
  return encodeCbor(entry.status === 'chain' ? { ...entry, id: idBytes(entry.id) } : entry);
}

/** @throws DecodeError */
export function decodeArchiveEntry(bytes: Uint8Array): ArchiveEntry {
  return decodeCbor(entrySchema, bytes);
}
