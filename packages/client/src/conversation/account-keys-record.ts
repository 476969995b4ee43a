import { type AccountId, type DeviceId, encodeCbor, idBytes, MAX_DEVICES, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { type IdentityKey, type IdentityKeyPair, sign, verify } from '../crypto/index.js';

/** Generations of a key that one record carries at most. */
const MAX_GENERATIONS = 64;
const SIGNATURE_BYTES = 64;
const label = new TextEncoder().encode('Sotto account keys v1');

/** The account's shared keys, the vault that holds the same, and the list that went with it. */
export interface SharedAccountKeys {
  /** 32 bytes each, the one that seals first. */
  readonly accountLogKeys: readonly Uint8Array[];
  readonly archiveKeys: readonly Uint8Array[];
  readonly vaultVersion: number;
  /** Everybody on the account's list then: who is not on it any more makes these keys outdated. */
  readonly devices: readonly DeviceId[];
}

/** The account's shared keys for its own devices, after they changed. */
export interface AccountKeysRecord extends SharedAccountKeys {
  readonly type: 'account';
  /** By the account identity key, so that whoever passes it on can make up none. */
  readonly signature: Uint8Array;
}

const generations = v.pipe(v.array(schemas.bytesOf(32)), v.minLength(1), v.maxLength(MAX_GENERATIONS));

/** Its fields in sealed CBOR (SPEC X19), beside the version. */
export const accountKeysRecordEntries = {
  type: v.literal('account'),
  accountLogKeys: generations,
  archiveKeys: generations,
  vaultVersion: schemas.count,
  devices: v.pipe(v.array(schemas.deviceId), v.maxLength(MAX_DEVICES)),
  signature: schemas.bytesOf(SIGNATURE_BYTES),
};

/**
 * Signs the keys of a vault for the account's other devices.
 * @param identity the account's, from the same vault
 */
export function signAccountKeys(
  account: AccountId,
  keys: SharedAccountKeys,
  identity: IdentityKeyPair,
): AccountKeysRecord {
  const { accountLogKeys, archiveKeys, vaultVersion, devices } = keys;
  const signature = sign(identity.privateKey, signedBytes(account, keys));
  return { type: 'account', accountLogKeys, archiveKeys, vaultVersion, devices, signature };
}

/** Whether the account's own key signed these keys. */
export function verifyAccountKeys(
  account: AccountId,
  record: AccountKeysRecord,
  identity: IdentityKey,
): Promise<boolean> {
  return verify(identity, signedBytes(account, record), record.signature);
}

function signedBytes(account: AccountId, keys: SharedAccountKeys): Uint8Array {
  const { accountLogKeys, archiveKeys, vaultVersion } = keys;
  const devices = keys.devices.map((id) => idBytes(id));
  const content = encodeCbor({
    account: idBytes(account),
    accountLogKeys,
    archiveKeys,
    vaultVersion,
    devices,
  });
  const bytes = new Uint8Array(label.length + content.length);
  bytes.set(label);
  bytes.set(content, label.length);
  return bytes;
}
