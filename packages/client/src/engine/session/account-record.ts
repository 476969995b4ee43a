import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { accountKeys } from '../../account/vault-contents.js';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

const accountSchema = v.strictObject({
  v: v.literal(1),
  account: schemas.accountId,
  username: v.string(),
  email: v.string(),
  /** Of the account log and the key archive, newest first, as in the vault of `vaultVersion`. */
  accountLogKeys: accountKeys,
  archiveKeys: accountKeys,
  /** Highest vault version seen: an older one from the server is refused. */
  vaultVersion: schemas.count,
  /** Of this device's lease: rises when a writer session ends. */
  generation: schemas.count,
});

/** What this device keeps of its account, sealed like everything in the key store. */
export type AccountRecord = v.InferOutput<typeof accountSchema>;

const KEY = 'account';

export function accountWrite(record: AccountRecord): KeyWrite {
  return { key: KEY, value: encodeCbor(record) };
}

/** Undefined where no device was ever finished. */
export async function readAccount(keys: KeyStore): Promise<AccountRecord | undefined> {
  const value = await keys.get(KEY);
  return value && decodeCbor(accountSchema, value);
}
