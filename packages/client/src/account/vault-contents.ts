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
  /** Signs the device list, and nothing else. */
  readonly identity: IdentityKeyPair;
  /** Seals the account log; 32 bytes. */
  readonly accountLogKey: Uint8Array;
  /** Seals the key archive; 32 bytes. */
  readonly archiveKey: Uint8Array;
  /** Unlocks the stores of this account's devices; 32 bytes. */
  readonly unlockSecret: Uint8Array;
  /** What the recovery key wraps by (32 bytes): so that a vault with a new password keeps its recovery key. */
  readonly recoverySecret: Uint8Array;
}

const SECRET_BYTES = 32;
const secret = schemas.bytesOf(SECRET_BYTES);

const encoded = v.strictObject({
  v: v.literal(1),
  account: schemas.accountId,
  version: v.pipe(schemas.count, v.minValue(1)),
  identity: schemas.bytes(128),
  accountLogKey: secret,
  archiveKey: secret,
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
    accountLogKey: randomSecret(),
    archiveKey: randomSecret(),
    unlockSecret: randomSecret(),
    recoverySecret: recoverySecretOf(recoveryKey),
  };
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
