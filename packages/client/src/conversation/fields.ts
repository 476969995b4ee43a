import type { AccountId, ConversationId, DeviceId, EventId } from '@sotto/protocol';
import { decodeCbor, idFromBytes, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { ConversationError } from './errors.js';

/** Names a sender chain: 16 bytes in base64url, derived by SPEC X6. */
export type DistributionId = string & { readonly __brand: 'distribution' };

function idField<T extends AccountId | ConversationId | DeviceId | EventId | DistributionId>() {
  return v.pipe(
    schemas.bytesOf(16),
    v.transform((bytes) => idFromBytes<T>(bytes)),
  );
}

/** Ids in sealed CBOR are their 16 bytes, not their spelling. */
export const accountField = idField<AccountId>();
export const conversationField = idField<ConversationId>();
export const deviceField = idField<DeviceId>();
export const eventIdField = idField<EventId>();
export const distributionIdField = idField<DistributionId>();

export const uint32Field = v.pipe(schemas.count, v.maxValue(0xffff_ffff));
/** A public key: 0x05, then 32 bytes. */
export const publicKeyField = schemas.bytesOf(33);
/** A name that later programs may add to: `message`, `state.rename`. */
export const typeField = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9.-]{0,31}$/));

const versioned = v.looseObject({ v: schemas.count });

/**
 * Looks at the version of a CBOR map before its shape is judged.
 * @throws DecodeError when it has none; ConversationError `conversation/version` when it is another than `version`
 */
export function checkVersion(bytes: Uint8Array, version: number, what: string): void {
  if (decodeCbor(versioned, bytes).v !== version) throw new ConversationError('conversation/version', what);
}
