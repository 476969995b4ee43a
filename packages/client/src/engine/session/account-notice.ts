import { DEVICE_LIST_BYTES, type DeviceId, decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { AccountKeysRecord } from '../../conversation/account-keys-record.js';
import { decodeInboxRecord, encodeInboxRecord } from '../../conversation/inbox-record.js';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

/** The account's keys as its own key signed them, and which own devices are still to be told. */
export interface AccountNotice {
  readonly record: AccountKeysRecord;
  readonly left: readonly DeviceId[];
}

/** A device goes, or the account goes on under another key: by this signed list. */
export type ListChange =
  | { readonly type: 'removes'; readonly device: DeviceId }
  | { readonly type: 'renews'; readonly list: Uint8Array<ArrayBuffer> };

/** A change of the account that was about to be sent: kept before, for the answer may never come. */
export interface AccountIntent {
  /** SHA-256 of the sealed vault: tells whether the server took it. */
  readonly vaultHash: Uint8Array;
  /** SHA-256 of the signed list that goes with it. */
  readonly listHash: Uint8Array;
  readonly record: AccountKeysRecord;
  /** What it does to the list. */
  readonly change: ListChange;
}

const NOTICE = 'account-notice';
const INTENT = 'account-intent';

const encodedRecord = schemas.bytes(65_536);
const notice = v.strictObject({ v: v.literal(1), record: encodedRecord, left: v.array(schemas.deviceId) });
const intent = v.strictObject({
  v: v.literal(1),
  vaultHash: schemas.bytesOf(32),
  listHash: schemas.bytesOf(32),
  record: encodedRecord,
  change: v.variant('type', [
    v.strictObject({ type: v.literal('removes'), device: schemas.deviceId }),
    v.strictObject({ type: v.literal('renews'), list: schemas.bytes(DEVICE_LIST_BYTES) }),
  ]),
});

export function noticeWrite({ record, left }: AccountNotice): KeyWrite {
  return { key: NOTICE, value: encodeCbor({ v: 1, record: encodeInboxRecord(record), left }) };
}

export async function readNotice(keys: KeyStore): Promise<AccountNotice | undefined> {
  const value = await keys.get(NOTICE);
  if (!value) return undefined;
  const { record, left } = decodeCbor(notice, value);
  return { record: accountRecord(record), left };
}

export function intentWrite({ record, ...intent }: AccountIntent): KeyWrite {
  return { key: INTENT, value: encodeCbor({ v: 1, ...intent, record: encodeInboxRecord(record) }) };
}

export const WITHOUT_INTENT: KeyWrite = { key: INTENT, value: undefined };

export async function readIntent(keys: KeyStore): Promise<AccountIntent | undefined> {
  const value = await keys.get(INTENT);
  if (!value) return undefined;
  const { v: _, record, ...rest } = decodeCbor(intent, value);
  return { ...rest, record: accountRecord(record) };
}

function accountRecord(bytes: Uint8Array): AccountKeysRecord {
  const record = decodeInboxRecord(bytes);
  if (record.type !== 'account') throw new TypeError('account notice: another record');
  return record;
}
