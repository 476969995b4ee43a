import { type DeviceId, decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { type MadeDevice, storedDevice } from '../../account/device-keys.js';
import type { VerifiedDeviceList } from '../../account/device-list.js';
import { assertVaultNotOlder } from '../../account/vault.js';
import type { VaultContents } from '../../account/vault-contents.js';
import { signAccountKeys } from '../../conversation/account-keys-record.js';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';
import type { Profile, Profiles } from '../../store/profiles.js';
import type { DeviceStores } from '../../store/stores.js';
import { withoutInboxPosts } from '../../sync/posts.js';
import { WITHOUT_LEASE } from '../context/device-lease.js';
import { noticeWrite } from './account-notice.js';
import { type AccountRecord, accountWrite, readAccount } from './account-record.js';
import { holdersWrite } from './key-holders.js';
import { withoutWriterSession } from './writer-session.js';

/** What only the device before knew of itself: none of it is the new one's, and it is another copy's still. */
const OF_THE_DEVICE = ['signal/', 'session-life/', 'shared/', 'inbox/'];

/**
 * Makes a new device in the stores of one that was overtaken: what can be read stays readable and what was queued goes out from the
 * new device, under keys of its own. Nothing changes before the server has taken the new device.
 */
export class Relinking {
  readonly #profiles: Profiles;
  readonly #profile: Profile;
  #stores: DeviceStores | undefined;
  #made: { readonly device: MadeDevice; readonly vault: VaultContents } | undefined;

  constructor(profiles: Profiles, profile: Profile) {
    this.#profiles = profiles;
    this.#profile = profile;
  }

  /**
   * Opens the stores, which the vault's secret unlocks.
   * @param replaces whether the overtaken device is one of them
   * @returns devices that this place was and is no more: none of them is anybody's
   */
  async gone(vault: VaultContents, replaces: boolean): Promise<readonly DeviceId[]> {
    const keyring = await this.#profiles.keyring(this.#profile.account);
    const storeKey = await keyring.unlock(vault.unlockSecret);
    await keyring.close();
    this.#stores = await this.#profiles.openStores(this.#profile.account, storeKey);
    const record = await readAccount(this.#stores.keys);
    if (record) assertVaultNotOlder(vault.version, record.vaultVersion);
    const { device } = this.#profile;
    // Linked, and died before the profile said so: it never wrote anything.
    const own = (await storedDevice(this.#stores.keys))?.device;
    const never = [...(await readTried(this.#stores.keys)), ...(own && own !== device ? [own] : [])];
    return replaces ? [device, ...never] : never;
  }

  /** The server is about to hear of the device. Should nothing come of it here, the next one takes its place. */
  async keep({ vault, device }: { vault: VaultContents; device: MadeDevice }): Promise<void> {
    const { keys } = this.#stores!;
    await keys.write([triedWrite([...(await readTried(keys)), device.id])]);
    this.#made = { device, vault };
  }

  /** The server has taken the device: from here on these are its stores. @param list that names it */
  async finish(
    session: { username: string; email: string },
    { list }: VerifiedDeviceList,
  ): Promise<DeviceStores> {
    const { device, vault } = this.#made!;
    const stores = this.#stores!;
    const { keys } = stores;
    const ended: KeyWrite[] = [];
    for (const prefix of OF_THE_DEVICE)
      for (const [key] of await keys.list(prefix)) ended.push({ key, value: undefined });
    const { account } = this.#profile;
    const record: AccountRecord = {
      v: 1,
      account,
      username: session.username,
      email: session.email,
      accountLogKeys: vault.accountLogKeys.map((key) => new Uint8Array(key)),
      archiveKeys: vault.archiveKeys.map((key) => new Uint8Array(key)),
      vaultVersion: vault.version,
      generation: 1,
    };
    // The others are told of the keys also where an earlier attempt changed them and came no further.
    const devices = list.devices.map(({ id }) => id);
    const { accountLogKeys, archiveKeys, version: vaultVersion, identity } = vault;
    const told = signAccountKeys(account, { accountLogKeys, archiveKeys, vaultVersion, devices }, identity);
    await keys.write([
      ...(await withoutWriterSession(keys)),
      ...(await withoutInboxPosts(keys)),
      ...ended,
      WITHOUT_LEASE,
      noticeWrite({ record: told, left: devices.filter((id) => id !== device.id) }),
      holdersWrite(devices),
      triedWrite([]),
      ...device.secrets,
      accountWrite(record),
    ]);
    this.#stores = undefined;
    return stores;
  }

  /** It has not: the stores stay the overtaken device's. */
  async discard(): Promise<void> {
    const stores = this.#stores;
    this.#stores = undefined;
    await stores?.keys.close();
    await stores?.messages.close();
  }
}

const TRIED = 'relinking';
const tried = v.strictObject({ v: v.literal(1), devices: v.array(schemas.deviceId) });

/** Devices that were about to be linked in these stores: nobody has their keys. */
async function readTried(keys: KeyStore): Promise<readonly DeviceId[]> {
  const value = await keys.get(TRIED);
  return value ? decodeCbor(tried, value).devices : [];
}

function triedWrite(devices: readonly DeviceId[]): KeyWrite {
  return { key: TRIED, value: devices.length > 0 ? encodeCbor({ v: 1, devices }) : undefined };
}
