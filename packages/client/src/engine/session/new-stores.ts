import type { AccountId } from '@sotto/protocol';
import type { MadeDevice } from '../../account/device-keys.js';
import type { VaultContents } from '../../account/vault-contents.js';
import type { Profiles } from '../../store/profiles.js';
import type { DeviceStores } from '../../store/stores.js';
import { type AccountRecord, accountWrite } from './account-record.js';

/** What a device keeps of a vault, or is told of it. */
export type DeviceSecrets = Pick<
  VaultContents,
  'version' | 'accountLogKeys' | 'archiveKeys' | 'unlockSecret'
>;

/** Stores made for a device that the server is about to hear of. */
export class NewStores {
  readonly #profiles: Profiles;
  #made:
    | { readonly account: AccountId; readonly stores: DeviceStores; readonly record: AccountRecord }
    | undefined;

  constructor(profiles: Profiles) {
    this.#profiles = profiles;
  }

  /** Keeps a device's secrets, durably, before anybody can know of the device. */
  async keep(made: {
    account: AccountId;
    username: string;
    vault: DeviceSecrets;
    device: MadeDevice;
  }): Promise<void> {
    const { account, username, vault, device } = made;
    // Whatever an earlier device of this account left here belongs to nobody now.
    await this.#profiles.remove(account);
    const keyring = await this.#profiles.keyring(account);
    const storeKey = await keyring.create({ account, username, deviceId: device.id }, vault.unlockSecret);
    await keyring.close();
    const stores = await this.#profiles.openStores(account, storeKey);
    const record: AccountRecord = {
      v: 1,
      account,
      username,
      email: '',
      accountLogKeys: vault.accountLogKeys.map((key) => new Uint8Array(key)),
      archiveKeys: vault.archiveKeys.map((key) => new Uint8Array(key)),
      vaultVersion: vault.version,
      generation: 1,
    };
    await stores.keys.write([...device.secrets, accountWrite(record)]);
    this.#made = { account, stores, record };
  }

  /** The server has taken the device. */
  async finish(session: { username: string; email: string }): Promise<DeviceStores> {
    const { stores, record } = this.#made!;
    const { username, email } = session;
    await stores.keys.write([accountWrite({ ...record, username, email })]);
    this.#made = undefined;
    return stores;
  }

  /** It did not: nothing of it stays. */
  async discard(): Promise<void> {
    const made = this.#made;
    this.#made = undefined;
    if (!made) return;
    await made.stores.keys.close();
    await made.stores.messages.close();
    await this.#profiles.remove(made.account);
  }
}
