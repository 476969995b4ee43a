import { schemas } from '@sotto/protocol';
import * as v from 'valibot';

/** Generations of a key that one record carries at most. */
const MAX_GENERATIONS = 64;

/** The account's shared keys for its own devices, after they changed. */
export interface AccountKeysRecord {
  readonly type: 'account';
  /** 32 bytes each, the one that seals first. */
  readonly accountLogKeys: readonly Uint8Array[];
  readonly archiveKeys: readonly Uint8Array[];
  /** Of the vault that holds the same keys. */
  readonly vaultVersion: number;
}

const generations = v.pipe(v.array(schemas.bytesOf(32)), v.minLength(1), v.maxLength(MAX_GENERATIONS));

/** Its fields in sealed CBOR (SPEC X19), beside the version. */
export const accountKeysRecordEntries = {
  type: v.literal('account'),
  accountLogKeys: generations,
  archiveKeys: generations,
  vaultVersion: schemas.count,
};
