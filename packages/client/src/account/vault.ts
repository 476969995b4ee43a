import { type AccountId, DecodeError, decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { aesGcmOpen, aesGcmSeal, importAesGcmKey } from '../crypto/aes-gcm.js';
import { hkdfSha256, isCryptoError } from '../crypto/index.js';
import { AccountError } from './errors.js';
import type { KdfParameters } from './kdf.js';
import {
  decodeVaultContents,
  encodeVaultContents,
  recoverySecretOf,
  type VaultContents,
} from './vault-contents.js';

/** Largest sealed vault on the wire, bytes. */
export const VAULT_BYTES = 8_192;
const VAULT_KEY_BYTES = 32;

const kdf = v.strictObject({
  algorithm: v.literal('argon2id'),
  memoryKiB: schemas.count,
  passes: schemas.count,
  lanes: schemas.count,
  salt: schemas.bytesOf(16),
});

/** What is readable of a vault. Every seal is bound to it, so none of it can be changed. */
const header = v.strictObject({
  v: v.literal(1),
  account: schemas.accountId,
  version: v.pipe(schemas.count, v.minValue(1)),
  kdf,
});
type Header = v.InferOutput<typeof header>;

const sealedVault = v.strictObject({
  ...header.entries,
  /** The vault key under the password's half. */
  byPassword: schemas.bytes(256),
  /** The vault key under the recovery key. */
  byRecovery: schemas.bytes(256),
  /** The contents under the vault key. */
  contents: schemas.bytes(VAULT_BYTES),
});
type SealedVault = v.InferOutput<typeof sealedVault>;

/** Which of the three seals: none opens in another's place. */
type Seal = 'password' | 'recovery' | 'contents';

function boundTo(fields: Header, seal: Seal): Uint8Array {
  const { account, version } = fields;
  return encodeCbor(['Sotto vault v1', seal, { v: 1, account, version, kdf: fields.kdf }]);
}

function passwordWrappingKey(vaultHalf: Uint8Array): Promise<CryptoKey> {
  return importAesGcmKey(hkdfSha256(vaultHalf, undefined, 'Sotto vault password v1', 32));
}

/**
 * Seals a vault under a fresh vault key, which the password's half and the recovery key wrap.
 * @param options `kdf` is what `vaultHalf` (32 bytes) was derived by
 * @returns at most {@link VAULT_BYTES}
 */
export async function sealVault(
  contents: VaultContents,
  options: { kdf: KdfParameters; vaultHalf: Uint8Array },
): Promise<Uint8Array> {
  const { account, version, recoverySecret } = contents;
  const fields: Header = { v: 1, account, version, kdf: options.kdf };
  const rawKey = crypto.getRandomValues(new Uint8Array(VAULT_KEY_BYTES));
  const wrap = async (key: Promise<CryptoKey>, seal: Seal) =>
    aesGcmSeal(await key, rawKey, boundTo(fields, seal));
  const vault: SealedVault = {
    ...fields,
    byPassword: await wrap(passwordWrappingKey(options.vaultHalf), 'password'),
    byRecovery: await wrap(importAesGcmKey(recoverySecret), 'recovery'),
    contents: await aesGcmSeal(
      await importAesGcmKey(rawKey),
      encodeVaultContents(contents),
      boundTo(fields, 'contents'),
    ),
  };
  const bytes = encodeCbor(vault);
  if (bytes.length > VAULT_BYTES) throw new RangeError('vault: too large');
  return bytes;
}

/**
 * Opens a vault with the password's half. The caller compares `version` with the highest it has seen:
 * {@link assertVaultNotOlder}.
 * @param options `kdf` is what `vaultHalf` was derived by: a vault that names another does not open
 * @throws AccountError `account/vault-unopenable`
 */
export async function openVaultWithPassword(
  encoded: Uint8Array,
  options: { account: AccountId; kdf: KdfParameters; vaultHalf: Uint8Array },
): Promise<VaultContents> {
  return orUnopenable(async () => {
    const vault = readVault(encoded, options.account);
    const expected = { ...vault, kdf: options.kdf };
    const key = await passwordWrappingKey(options.vaultHalf);
    return openContents(expected, await aesGcmOpen(key, vault.byPassword, boundTo(expected, 'password')));
  });
}

/**
 * Opens a vault with the recovery key.
 * @param options `recoveryKey` of 30 bytes
 * @throws AccountError `account/vault-unopenable`
 */
export async function openVaultWithRecoveryKey(
  encoded: Uint8Array,
  options: { account: AccountId; recoveryKey: Uint8Array },
): Promise<VaultContents> {
  return orUnopenable(async () => {
    const vault = readVault(encoded, options.account);
    const key = await importAesGcmKey(recoverySecretOf(options.recoveryKey));
    return openContents(vault, await aesGcmOpen(key, vault.byRecovery, boundTo(vault, 'recovery')));
  });
}

/** SHA-256 of a sealed vault: what the next one names as the one it replaces. */
export async function vaultHash(encoded: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', encoded as BufferSource));
}

/** The version that a vault claims, unauthenticated: zero for what is no vault of this account. */
export function claimedVersion(encoded: Uint8Array, account: AccountId): number {
  try {
    return readVault(encoded, account).version;
  } catch (error) {
    if (error instanceof DecodeError || error instanceof AccountError) return 0;
    throw error;
  }
}

/**
 * A vault never goes back.
 * @throws AccountError `account/vault-rolled-back`
 */
export function assertVaultNotOlder(version: number, pinned: number): void {
  if (version < pinned) throw new AccountError('account/vault-rolled-back');
}

function readVault(encoded: Uint8Array, account: AccountId): SealedVault {
  const vault = decodeCbor(sealedVault, encoded);
  if (vault.account !== account) throw new AccountError('account/vault-unopenable');
  return vault;
}

async function openContents(vault: SealedVault, rawKey: Uint8Array): Promise<VaultContents> {
  const key = await importAesGcmKey(rawKey);
  const contents = decodeVaultContents(await aesGcmOpen(key, vault.contents, boundTo(vault, 'contents')));
  if (contents.account !== vault.account || contents.version !== vault.version)
    throw new AccountError('account/vault-unopenable');
  return contents;
}

async function orUnopenable<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof DecodeError || isCryptoError(error))
      throw new AccountError('account/vault-unopenable');
    throw error;
  }
}
