import type { MadeDevice } from '../../account/device-keys.js';
import { assertVaultNotOlder } from '../../account/vault.js';
import type { VaultContents } from '../../account/vault-contents.js';
import type { KeyWrite } from '../../store/key-store.js';
import type { Profile, Profiles } from '../../store/profiles.js';
import type { DeviceStores } from '../../store/stores.js';
import { withoutInboxPosts } from '../../sync/posts.js';
import { WITHOUT_LEASE } from '../context/device-lease.js';
import { type AccountRecord, accountWrite, readAccount } from './account-record.js';
import { WITHOUT_HOLDERS } from './key-holders.js';
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
  #made:
    | { readonly stores: DeviceStores; readonly device: MadeDevice; readonly vault: VaultContents }
    | undefined;

  constructor(profiles: Profiles, profile: Profile) {
    this.#profiles = profiles;
    this.#profile = profile;
  }

  /** Opens the stores; the server is about to hear of the device. */
  async keep({ vault, device }: { vault: VaultContents; device: MadeDevice }): Promise<void> {
    const keyring = await this.#profiles.keyring(this.#profile.account);
    const storeKey = await keyring.unlock(vault.unlockSecret);
    await keyring.close();
    const stores = await this.#profiles.openStores(this.#profile.account, storeKey);
    this.#made = { stores, device, vault };
    const record = await readAccount(stores.keys);
    if (record) assertVaultNotOlder(vault.version, record.vaultVersion);
  }

  /** The server has taken the device: from here on these are its stores. */
  async finish(session: { username: string; email: string }): Promise<DeviceStores> {
    const { stores, device, vault } = this.#made!;
    const { keys } = stores;
    const ended: KeyWrite[] = [];
    for (const prefix of OF_THE_DEVICE)
      for (const [key] of await keys.list(prefix)) ended.push({ key, value: undefined });
    const record: AccountRecord = {
      v: 1,
      account: this.#profile.account,
      username: session.username,
      email: session.email,
      accountLogKeys: vault.accountLogKeys.map((key) => new Uint8Array(key)),
      archiveKeys: vault.archiveKeys.map((key) => new Uint8Array(key)),
      vaultVersion: vault.version,
      generation: 1,
    };
    await keys.write([
      ...(await withoutWriterSession(keys)),
      ...(await withoutInboxPosts(keys)),
      ...ended,
      WITHOUT_LEASE,
      WITHOUT_HOLDERS,
      ...device.secrets,
      accountWrite(record),
    ]);
    this.#made = undefined;
    return stores;
  }

  /** It has not: the stores stay the overtaken device's. */
  async discard(): Promise<void> {
    const made = this.#made;
    this.#made = undefined;
    if (!made) return;
    await made.stores.keys.close();
    await made.stores.messages.close();
  }
}
