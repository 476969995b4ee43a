import type { AccountId } from '@sotto/protocol';
import type { Session } from '../../account/access-session.js';
import type { VerifiedDeviceList } from '../../account/device-list.js';
import type { AccountApi } from '../../account/http-api.js';
import { signIn } from '../../account/sign-in.js';
import { completeSignUp } from '../../account/sign-up.js';
import { assertVaultNotOlder } from '../../account/vault.js';
import type { VaultContents } from '../../account/vault-contents.js';
import type { Profile, Profiles } from '../../store/profiles.js';
import type { DeviceStores } from '../../store/stores.js';
import type { EngineCalls } from '../api/engine-api.js';
import { readAccount } from './account-record.js';
import { NewStores } from './new-stores.js';
import { Relinking } from './relinking.js';

/** Stores that are open, and what the server said of the account when they were. */
export interface Entered {
  readonly stores: DeviceStores;
  /** The account's own list as the server just gave it; null when nobody was asked. */
  readonly person: {
    readonly account: AccountId;
    readonly username: string;
    readonly deviceList: Uint8Array<ArrayBuffer>;
  } | null;
}

/** Where people enter, and as which device. */
export interface Entrance {
  readonly api: AccountApi;
  readonly profiles: Profiles;
  readonly deviceName: string;
}

/** Makes an account with this device. Nothing of it stays here when the server refuses. */
export async function enterBySignUp(
  { api, profiles, deviceName }: Entrance,
  input: Parameters<EngineCalls['completeSignUp']>[0],
): Promise<Entered & { readonly recoveryKey: string }> {
  const made = new NewStores(profiles);
  try {
    const { username } = input;
    const signedUp = await completeSignUp(api, {
      ...input,
      deviceName,
      keep: ({ account, vault, device }) =>
        made.keep({ account, username, vault, device, lacksHistory: false }),
    });
    const { account, session, device, list, recoveryKey } = signedUp;
    const stores = await made.finish(session);
    await profiles.use({ account, username: session.username, device: device.id, email: session.email });
    return { stores, person: personOf(session, list), recoveryKey };
  } catch (error) {
    await made.discard();
    throw error;
  }
}

/** Opens this browser's device of the account, or links the browser as a new one: in its stores, if its device was overtaken. */
export async function enterBySignIn(
  { api, profiles, deviceName }: Entrance,
  { login, password }: Parameters<EngineCalls['signIn']>[0],
): Promise<Entered> {
  const known = await profiles.forLogin(login);
  const made = known?.overtaken ? new Relinking(profiles, known) : new NewStores(profiles);
  try {
    const signedIn = await signIn(api, {
      login,
      password,
      knownDevice: known?.overtaken ? undefined : known?.device,
      deviceName,
      keep: ({ account, username, vault, device }) =>
        made.keep({ account, username, vault, device, lacksHistory: true }),
    });
    const { account, session, vault, list, deviceId } = signedIn;
    const stores = signedIn.linked ? await made.finish(session) : await unlock(profiles, account, vault);
    await profiles.use({ account, username: session.username, device: deviceId, email: session.email });
    return { stores, person: personOf(session, list) };
  } catch (error) {
    await made.discard();
    throw error;
  }
}

/** Opens the stores of a profile that was left unlocked; undefined when it is locked. */
export async function enterAgain(profiles: Profiles, profile: Profile): Promise<Entered | undefined> {
  const keyring = await profiles.keyring(profile.account);
  const storeKey = await keyring.openUnlocked();
  await keyring.close();
  if (!storeKey) return undefined;
  return { stores: await profiles.openStores(profile.account, storeKey), person: null };
}

/** Locks a profile: from here on only its account's password opens it. */
export async function lockProfile(profiles: Profiles, account: AccountId): Promise<void> {
  const keyring = await profiles.keyring(account);
  await keyring.lock();
  await keyring.close();
}

async function unlock(profiles: Profiles, account: AccountId, vault: VaultContents): Promise<DeviceStores> {
  const keyring = await profiles.keyring(account);
  try {
    const stores = await profiles.openStores(account, await keyring.unlock(vault.unlockSecret));
    const record = await readAccount(stores.keys);
    if (record) assertVaultNotOlder(vault.version, record.vaultVersion);
    return stores;
  } finally {
    await keyring.close();
  }
}

function personOf(session: Session, list: VerifiedDeviceList): Entered['person'] {
  const { account, username } = session;
  return { account, username, deviceList: new Uint8Array(list.encoded) };
}
