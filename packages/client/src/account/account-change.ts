import { type AccountId, ProtocolError } from '@sotto/protocol';
import { type VerifiedDeviceList, verifyDeviceList } from './device-list.js';
import type { AccountApi } from './http-api.js';
import { assertPasswordLength, derivePasswordKeys, type KdfParameters, newKdf } from './kdf.js';
import { assertNotOlder, assertVaultOf } from './seen-versions.js';
import { tryAgain, type Wait, waitFor } from './try-again.js';
import { openVaultWithPassword, sealVault, vaultHash } from './vault.js';
import type { VaultContents } from './vault-contents.js';

/** Changes by other devices that one change meets before it gives up. */
const RIVALS = 5;

/** Whose account it is, and what is known of it here. */
export interface AccountOwner {
  readonly account: AccountId;
  readonly username: string;
  /** The highest that was seen. */
  readonly vaultVersion: number;
  /** The newest own list that was verified. */
  readonly list: VerifiedDeviceList | undefined;
}

/** The account, opened by its password once more. */
export interface OpenedAccount {
  readonly authKey: Uint8Array<ArrayBuffer>;
  readonly vaultHalf: Uint8Array;
  readonly kdf: KdfParameters;
  readonly sealed: Uint8Array;
  readonly vault: VaultContents;
  readonly list: VerifiedDeviceList;
}

/** What is to stand in place of what stands. */
export interface AccountChange {
  /** The next version of the vault. */
  readonly vault?: VaultContents;
  /** By which the vault is sealed from then on. */
  readonly password?: string;
  readonly list?: VerifiedDeviceList;
  /** Keeps what must not be lost once the server has it. @param vaultHash of the vault as it is sent; empty without one */
  keep?(vaultHash: Uint8Array): Promise<void>;
}

/**
 * Opens the vault with the password again, as before every change of the account.
 * @throws AccountError `account/weak-kdf`, `account/vault-unopenable`, `account/vault-rolled-back`, or as verifyDeviceList;
 * ProtocolError `auth/credentials-wrong`, ...
 */
export async function reopenAccount(
  api: AccountApi,
  owner: AccountOwner,
  password: string,
): Promise<OpenedAccount> {
  const { account, username } = owner;
  const { kdf } = await api.prelogin({ login: username });
  const { authKey, vaultHalf } = await derivePasswordKeys(password, kdf);
  const { vault: sealed, deviceList } = await api.openAccount({ authKey });
  const vault = await openVaultWithPassword(sealed, { account, kdf, vaultHalf });
  const { publicKey } = vault.identity;
  const list = await verifyDeviceList(deviceList, { account, identity: publicKey, pinned: owner.list });
  assertVaultOf(list, vault.version);
  assertNotOlder({ vault: vault.version, list: 0 }, { vault: owner.vaultVersion, list: 0 });
  return { authKey: new Uint8Array(authKey), vaultHalf, kdf, sealed, vault, list };
}

/**
 * Changes vault, password and devices together, made upon what stands; made anew when another device was quicker.
 * @param make undefined when nothing is to be changed any more
 * @returns what stands then
 * @throws as {@link reopenAccount}, what `make` throws; ProtocolError `service/unavailable`
 */
export async function changeAccount(
  api: AccountApi,
  owner: AccountOwner,
  password: string,
  make: (opened: OpenedAccount) => Promise<AccountChange | undefined>,
  wait: Wait = waitFor,
): Promise<{ readonly vault: VaultContents; readonly list: VerifiedDeviceList }> {
  for (let rivals = 0; ; rivals += 1) {
    const opened = await reopenAccount(api, owner, password);
    const change = await make(opened);
    if (!change) return opened;
    try {
      await send(api, opened, change, wait);
      return { vault: change.vault ?? opened.vault, list: change.list ?? opened.list };
    } catch (error) {
      if (!isRival(error) || rivals === RIVALS) throw error;
    }
  }
}

/** Whether another device was quicker: learn what stands, then make it again. */
export function isRival(error: unknown): boolean {
  return (
    error instanceof ProtocolError &&
    (error.code === 'auth/vault-stale' || error.code === 'auth/device-list-stale')
  );
}

async function send(
  api: AccountApi,
  opened: OpenedAccount,
  change: AccountChange,
  wait: Wait,
): Promise<void> {
  const renewed = change.password === undefined ? undefined : await newPassword(change.password);
  const sealed = change.vault && new Uint8Array(await sealVault(change.vault, renewed ?? opened));
  await change.keep?.(sealed ? await vaultHash(sealed) : new Uint8Array());
  const request = {
    authKey: opened.authKey,
    ...(sealed ? { vault: { previous: await vaultHash(opened.sealed), sealed } } : {}),
    ...(renewed ? { credentials: { kdf: renewed.kdf, authKey: renewed.authKey } } : {}),
    ...(change.list ? { deviceList: new Uint8Array(change.list.encoded) } : {}),
  };
  await tryAgain(() => api.changeAccount(request), wait);
}

async function newPassword(password: string) {
  assertPasswordLength(password);
  const kdf = newKdf();
  const { authKey, vaultHalf } = await derivePasswordKeys(password, kdf);
  return { kdf, authKey: new Uint8Array(authKey), vaultHalf };
}
