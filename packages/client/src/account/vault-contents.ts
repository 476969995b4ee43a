import { type AccountId, decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import {
  deserializeIdentityKeyPair,
  generateIdentityKeyPair,
  hkdfSha256,
  type IdentityKeyPair,
  serializeIdentityKeyPair,
} from '../crypto/index.js';

/** What an account is made of. Whoever has it is the account. */
export interface VaultContents {
  readonly account: AccountId;
  /** Counts from 1; a later vault replaces an earlier one. */
  readonly version: number;
  /** Signs the device list and the notices of new account keys, and nothing else. */
  readonly identity: IdentityKeyPair;
  /** Of the account log, 32 bytes each, newest first: the newest seals, every one opens. */
  readonly accountLogKeys: readonly Uint8Array[];
  /** Of the key archive, likewise. */
  readonly archiveKeys: readonly Uint8Array[];
  /** Unlocks the stores of this account's devices; 32 bytes. */
  readonly unlockSecret: Uint8Array;
  /** What the recovery key wraps by (32 bytes): so that a vault with a new password keeps its recovery key. */
  readonly recoverySecret: Uint8Array;
}

const SECRET_BYTES = 32;
const secret = schemas.bytesOf(SECRET_BYTES);

/** Keys of one purpose that an account keeps at most: each removal of a device adds one. */
export const MAX_ACCOUNT_KEYS = 64;
/** Keys of one purpose, newest first. */
export const accountKeys = v.pipe(v.array(secret), v.minLength(1), v.maxLength(MAX_ACCOUNT_KEYS));

const encoded = v.strictObject({
  v: v.literal(1),
  account: schemas.accountId,
  version: v.pipe(schemas.count, v.minValue(1)),
  identity: schemas.bytes(128),
  accountLogKeys: accountKeys,
  archiveKeys: accountKeys,
  unlockSecret: secret,
  recoverySecret: secret,
});

const randomSecret = () => crypto.getRandomValues(new Uint8Array(SECRET_BYTES));

/** The contents of a new account's first vault, every key fresh. */
export function newVaultContents(account: AccountId, recoveryKey: Uint8Array): VaultContents {
  return {
    account,
    version: 1,
    identity: generateIdentityKeyPair(),
    accountLogKeys: [randomSecret()],
    archiveKeys: [randomSecret()],
    unlockSecret: randomSecret(),
    recoverySecret: recoverySecretOf(recoveryKey),
  };
}

/** The keys after a device was removed: a new one of each purpose in front. Past {@link MAX_ACCOUNT_KEYS} the oldest goes. */
export function rotatedAccountKeys(
  before: Pick<VaultContents, 'accountLogKeys' | 'archiveKeys'>,
): Pick<VaultContents, 'accountLogKeys' | 'archiveKeys'> {
  const rotated = (keys: readonly Uint8Array[]) => [randomSecret(), ...keys].slice(0, MAX_ACCOUNT_KEYS);
  return { accountLogKeys: rotated(before.accountLogKeys), archiveKeys: rotated(before.archiveKeys) };
}

/** The secret that a recovery key wraps the vault key by. */
export function recoverySecretOf(recoveryKey: Uint8Array): Uint8Array {
  return hkdfSha256(recoveryKey, undefined, 'Sotto vault recovery v1', SECRET_BYTES);
}

export function encodeVaultContents(contents: VaultContents): Uint8Array {
  return encodeCbor({ v: 1, ...contents, identity: serializeIdentityKeyPair(contents.identity) });
}

/** @throws DecodeError, InvalidKeyError */
export function decodeVaultContents(bytes: Uint8Array): VaultContents {
  const { v: _, identity, ...rest } = decodeCbor(encoded, bytes);
  return { ...rest, identity: deserializeIdentityKeyPair(identity) };
}
