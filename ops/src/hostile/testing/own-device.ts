import {
  type AccountApi,
  changeAccount,
  createAccountApi,
  createCookieJar,
  type MadeDevice,
  nextDeviceList,
  signIn,
  type VaultContents,
  type VerifiedDeviceList,
} from '@sotto/client/account';
import type { AccountId, ListedDevice } from '@sotto/protocol';
import { PASSWORD } from '../../people/person.js';
import type { World } from './world.js';

/** A device of somebody's, as a program of its own would be: all its keys are at hand. */
export interface OwnDevice {
  readonly account: AccountId;
  readonly api: AccountApi;
  readonly device: MadeDevice;
  readonly vault: VaultContents;
  /** Signs and publishes the account's next list. */
  publish(devices: (now: readonly ListedDevice[]) => readonly ListedDevice[]): Promise<VerifiedDeviceList>;
}

/** Links one more device to the account of this name. */
export async function linkOwnDevice({ servers }: World, username: string): Promise<OwnDevice> {
  const api = createAccountApi({ origin: servers.origin, cookies: createCookieJar() });
  const signedIn = await signIn(api, { login: username, password: PASSWORD, deviceName: 'Old phone' });
  const { account, vault } = signedIn;
  const owner = { account, username, vaultVersion: vault.version, list: undefined };
  return {
    account,
    api,
    device: signedIn.linked!,
    vault,
    async publish(devices) {
      const changed = await changeAccount(api, owner, PASSWORD, async (opened) => ({
        list: await nextDeviceList(opened.list, opened.vault.identity, devices(opened.list.list.devices)),
      }));
      return changed.list;
    },
  };
}
