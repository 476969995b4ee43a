import type { DeviceId } from '@sotto/protocol';
import { type AccountOwner, isRival } from './account-change.js';
import { listedDevice, listUnderNewKey, type VerifiedDeviceList, verifyDeviceList } from './device-list.js';
import { AccountError, isAccountError } from './errors.js';
import type { AccountApi } from './http-api.js';
import { derivePasswordKeys, type KdfParameters } from './kdf.js';
import { formatRecoveryKey, generateRecoveryKey } from './recovery-key.js';
import { assertNotOlder } from './seen-versions.js';
import { tryAgain, type Wait, waitFor } from './try-again.js';
import { claimedVersion, openVaultWithPassword, sealVault, vaultHash } from './vault.js';
import { newVaultContents, rotatedAccountKeys, type VaultContents } from './vault-contents.js';

/** Changes by other devices that a renewal meets before it gives up. */
const RIVALS = 5;

/** What a device of the account has of it, without the vault. */
export interface RenewingDevice {
  readonly device: DeviceId;
  readonly list: VerifiedDeviceList;
  /** The keys of now, newest first: what they seal stays readable. */
  readonly keys: Pick<VaultContents, 'accountLogKeys' | 'archiveKeys'>;
}

/** An account under another key, with a vault that the present password opens. */
export interface Renewed {
  readonly vault: VaultContents;
  readonly list: VerifiedDeviceList;
}

/**
 * Puts another vault and another account key in place of those that no password opens any more, from a device that is signed in
 * and therefore has the account's other keys (SPEC K13).
 * @param input `password` that stands since a reset by mail; `keep` keeps what must not be lost once the server has it
 * @returns `recoveryKey` is to be shown once; undefined when the password opens the vault: nothing is changed then
 * @throws AccountError `account/weak-kdf`, `account/vault-rolled-back`, `account/device-missing`, or as verifyDeviceList;
 * ProtocolError `auth/credentials-wrong`, `service/unavailable`, ...
 */
export async function renewAccount(
  api: AccountApi,
  owner: AccountOwner,
  input: {
    readonly password: string;
    readonly having: RenewingDevice;
    keep(renewed: Renewed, vaultHash: Uint8Array): Promise<void>;
    readonly wait?: Wait;
  },
): Promise<(Renewed & { readonly recoveryKey: string }) | undefined> {
  for (let rivals = 0; ; rivals += 1) {
    const opened = await openLocked(api, owner, input.password);
    if (!opened) return undefined;
    const recoveryKey = generateRecoveryKey();
    const renewed = await renew(owner, opened, input.having, recoveryKey);
    const sealed = new Uint8Array(await sealVault(renewed.vault, opened));
    await input.keep(renewed, await vaultHash(sealed));
    const request = {
      authKey: new Uint8Array(opened.authKey),
      vault: { previous: await vaultHash(opened.sealed), sealed },
      deviceList: new Uint8Array(renewed.list.encoded),
    };
    try {
      await tryAgain(() => api.startOver(request), input.wait ?? waitFor);
      return { ...renewed, recoveryKey: formatRecoveryKey(recoveryKey) };
    } catch (error) {
      if (!isRival(error) || rivals === RIVALS) throw error;
    }
  }
}

interface OpenedLocked {
  readonly authKey: Uint8Array;
  readonly vaultHalf: Uint8Array;
  readonly kdf: KdfParameters;
  readonly sealed: Uint8Array;
  readonly deviceList: Uint8Array;
}

/** What stands, for who knows the password that does not open it; undefined when it does. */
async function openLocked(
  api: AccountApi,
  { account, username }: AccountOwner,
  password: string,
): Promise<OpenedLocked | undefined> {
  const { kdf } = await api.prelogin({ login: username });
  const { authKey, vaultHalf } = await derivePasswordKeys(password, kdf);
  const { vault: sealed, deviceList } = await api.openAccount({ authKey });
  const opens = await openVaultWithPassword(sealed, { account, kdf, vaultHalf }).then(
    () => true,
    (error: unknown) => {
      if (isAccountError(error) && error.code === 'account/vault-unopenable') return false;
      throw error;
    },
  );
  return opens ? undefined : { authKey, vaultHalf, kdf, sealed, deviceList };
}

async function renew(
  { account, vaultVersion }: AccountOwner,
  { sealed, deviceList }: OpenedLocked,
  { device, list: pinned, keys }: RenewingDevice,
  recoveryKey: Uint8Array,
): Promise<Renewed> {
  // The account key of before is still what says who belongs to it.
  const before = await verifyDeviceList(deviceList, { account, pinned });
  const own = listedDevice(before, device);
  if (!own) throw new AccountError('account/device-missing');
  const version = claimedVersion(sealed, account);
  assertNotOlder({ vault: version, list: 0 }, { vault: vaultVersion, list: 0 });
  const fresh = newVaultContents(account, recoveryKey);
  const vault = { ...fresh, ...rotatedAccountKeys(keys), version: version + 1 };
  return { vault, list: await listUnderNewKey(before, vault.identity, [own], vault.version) };
}
