import type { AccessChange, AccountId, DeviceId, DocumentName, LogRecord } from '@sotto/protocol';
import {
  DecodeError,
  decodeCbor,
  encodeCbor,
  ProtocolError,
  parseDocumentName,
  schemas,
} from '@sotto/protocol';
import * as v from 'valibot';
import type { Claim } from '../claims/claim-store.js';
import { parseConversationKey } from '../keys.js';
import type { Access } from './entitled.js';

/** What one claim of a conversation's chain decides: the access list from now on, and the records that say so. */
export interface StateClaim {
  readonly change: AccessChange;
  /** Who made it; nobody where it followed from an account's erasure, or erased the conversation. */
  readonly by: { readonly account: AccountId; readonly device: DeviceId } | undefined;
  readonly records: readonly LogRecord[];
  /** The conversation is no more. */
  readonly erased?: true;
}

const document = v.pipe(
  v.string(),
  v.transform((text): DocumentName => parseDocumentName(text).name),
);

const body = v.strictObject({
  /** Format of this body. */
  v: v.literal(1),
  change: v.strictObject({
    kind: v.picklist(['direct', 'group']),
    members: v.array(v.strictObject({ account: schemas.accountId, role: v.picklist(['admin', 'member']) })),
  }),
  account: v.optional(schemas.accountId),
  device: v.optional(schemas.deviceId),
  erased: v.optional(v.literal(true)),
  records: v.array(
    v.strictObject({
      document,
      client: schemas.count,
      clock: schemas.count,
      body: v.instance(Uint8Array),
    }),
  ),
});

/** Deterministic: the same request makes the same bytes. */
export function encodeStateClaim({ change, by, records, erased }: StateClaim): Uint8Array {
  return encodeCbor({
    v: 1,
    change: {
      kind: change.kind,
      members: change.members.map(({ account, role }) => ({ account, role })),
    },
    ...(by && { account: by.account, device: by.device }),
    ...(erased && { erased }),
    records: records.map(({ document: name, client, clock, body: bytes }) => ({
      document: name,
      client,
      clock,
      body: bytes,
    })),
  });
}

/** @throws DecodeError */
export function decodeStateClaim(bytes: Uint8Array): StateClaim {
  const { change, account, device, records, erased } = decodeCbor(body, bytes);
  const by = account && device ? { account, device } : undefined;
  return { change, by, records, ...(erased && { erased }) };
}

/**
 * A claim of a conversation's chain as the access list that it decided.
 * @throws ProtocolError `sync/store-unavailable` for one that no server of ours wrote
 */
export function readStateClaim(claim: Claim): { access: Access; records: readonly LogRecord[] } {
  try {
    const { change, records, erased } = decodeStateClaim(claim.body);
    return { access: { ...parseConversationKey(claim.key), ...change, ...(erased && { erased }) }, records };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new ProtocolError('sync/store-unavailable', { detail: 'a claim in another shape', cause: error });
  }
}
