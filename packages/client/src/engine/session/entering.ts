import type { AccountId, DeviceId } from '@sotto/protocol';
import type { Session } from '../../account/access-session.js';
import type { VerifiedDeviceList } from '../../account/device-list.js';
import { AccountError } from '../../account/errors.js';
import type { AccountApi } from '../../account/http-api.js';
import type { LinkSecrets } from '../../account/link-code.js';
import type { LinkOffer } from '../../account/link-offer.js';
import { assertNotOlder, type SeenVersions } from '../../account/seen-versions.js';
import { type SignedIn, type SignInInput, signIn } from '../../account/sign-in.js';
import { assertVaultNotOlder } from '../../account/vault.js';
import type { VaultContents } from '../../account/vault-contents.js';
import type { Profile, Profiles } from '../../store/profiles.js';
import type { DeviceStores } from '../../store/stores.js';
import type { EngineCalls } from '../api/engine-api.js';
import { ProgressBook } from '../archive/progress.js';
import { accountWrite, readAccount } from './account-record.js';
import { forgetIfEvicted } from './eviction.js';
import { WITHOUT_HOLDERS } from './key-holders.js';
import { NewStores } from './new-stores.js';

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
  const { completeSignUp } = await import('../../account/sign-up.js');
  const made = new NewStores(profiles);
  try {
    const { username } = input;
    const signedUp = await completeSignUp(api, {
      ...input,
      deviceName,
      keep: ({ account, vault, device }) => made.keep({ account, username, vault, device }),
    });
    const { account, session, device, list, recoveryKey } = signedUp;
    const stores = await made.finish(session);
    // Nobody said anything before: there is no past to wait for.
    await (await ProgressBook.open(stores.messages)).archiveRead();
    await remember(profiles, { ...session, account }, device.id, { vault: 1, list: 1 });
    return { stores, person: personOf(session, list), recoveryKey };
  } catch (error) {
    await made.discard();
    throw error;
  }
}

type Flow<T extends SignedIn> = (api: AccountApi, input: SignInInput) => Promise<T>;

/** Opens this browser's device of the account, or links the browser as a new one: in its stores, if its device was overtaken. */
export function enterBySignIn(
  entrance: Entrance,
  input: Parameters<EngineCalls['signIn']>[0],
): Promise<Entered> {
  return enterBy(entrance, input, signIn);
}

/** The same where the vault is sealed by a password of before. */
export async function enterByRecovery(
  entrance: Entrance,
  { recoveryKey, ...input }: Parameters<EngineCalls['recover']>[0],
): Promise<Entered> {
  const { recover } = await import('../../account/recover.js');
  return enterBy(entrance, input, (api, common) => recover(api, { ...common, recoveryKey }));
}

/** Enters as the only device of an account whose key was given up. */
export async function enterAnew(
  entrance: Entrance,
  input: Parameters<EngineCalls['startOver']>[0],
): Promise<Entered & { readonly recoveryKey: string }> {
  const { startOver } = await import('../../account/start-over.js');
  let recoveryKey = '';
  const flow: Flow<SignedIn> = async (api, common) => {
    const anew = await startOver(api, common);
    recoveryKey = anew.recoveryKey;
    return anew;
  };
  // Whatever is here of a device of before opens by nothing any more.
  const entered = await enterBy(entrance, input, flow, true);
  return { ...entered, recoveryKey };
}

/** Enters as the device that another one has linked by this browser's code. */
export async function enterByLink(
  { api, profiles }: Entrance,
  offer: LinkOffer,
  secrets: LinkSecrets,
): Promise<Entered> {
  const { completeLink } = await import('../../account/link-offer.js');
  const made = new NewStores(profiles);
  const { account, vaultVersion: version } = secrets;
  const { vault: seen } = await profiles.seen(account);
  if (version < seen) throw new AccountError('account/vault-rolled-back');
  try {
    const vault = { ...secrets, version };
    await made.keep({ account, username: '', vault, device: offer.device });
    const { session, list } = await completeLink(api, offer, secrets);
    assertNotOlder({ vault: version, list: list.list.version }, await profiles.seen(account));
    const stores = await made.finish(session);
    await remember(profiles, session, offer.device.id, { vault: version, list: list.list.version });
    return { stores, person: personOf(session, list) };
  } catch (error) {
    await made.discard();
    throw error;
  }
}

async function enterBy<T extends SignedIn>(
  { api, profiles, deviceName }: Entrance,
  { login, password, replaces = false }: Parameters<EngineCalls['signIn']>[0],
  flow: Flow<T>,
  anew = false,
): Promise<Entered> {
  const known = anew ? undefined : await profileFor(profiles, login);
  const again = known?.overtaken ? await relinking(profiles, known) : undefined;
  const made = again ?? new NewStores(profiles);
  try {
    const signedIn = await flow(api, {
      login,
      password,
      knownDevice: known?.overtaken ? undefined : known?.device,
      deviceName,
      seen: (account) => profiles.seen(account),
      replaces: again && ((vault) => again.gone(vault, replaces)),
      keep: ({ account, username, vault, device }) => made.keep({ account, username, vault, device }),
    });
    const { account, session, vault, list, deviceId } = signedIn;
    const stores = signedIn.linked
      ? await made.finish(session, list)
      : await unlock(profiles, account, vault);
    await remember(profiles, session, deviceId, { vault: vault.version, list: list.list.version });
    return { stores, person: personOf(session, list) };
  } catch (error) {
    await made.discard();
    throw error;
  }
}

/** Happens to few: loaded when it does. */
async function relinking(profiles: Profiles, known: Profile) {
  const { Relinking } = await import('./relinking.js');
  return new Relinking(profiles, known);
}

/** The device that this place has for somebody, if its keys are still here. */
async function profileFor(profiles: Profiles, login: string): Promise<Profile | undefined> {
  const known = await profiles.forLogin(login);
  return known && (await forgetIfEvicted(profiles, known)) ? undefined : known;
}

async function remember(
  profiles: Profiles,
  { account, username, email }: Session,
  device: DeviceId,
  seen: SeenVersions,
): Promise<void> {
  await profiles.use({ account, username, device, email });
  await profiles.saw(account, seen);
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

/** Lets another unlock secret open a profile's stores, too. */
export async function alsoUnlock(
  profiles: Profiles,
  account: AccountId,
  unlockSecret: Uint8Array,
): Promise<void> {
  const keyring = await profiles.keyring(account);
  try {
    await keyring.alsoBy(unlockSecret);
  } finally {
    await keyring.close();
  }
}

async function unlock(profiles: Profiles, account: AccountId, vault: VaultContents): Promise<DeviceStores> {
  const keyring = await profiles.keyring(account);
  try {
    const stores = await profiles.openStores(account, await keyring.unlock(vault.unlockSecret));
    await takeKeys(stores, vault).catch(async (error: unknown) => {
      await stores.keys.close();
      await stores.messages.close();
      throw error;
    });
    return stores;
  } finally {
    await keyring.close();
  }
}

/** The vault's keys are the device's: another device may have changed them while this one was locked. */
async function takeKeys({ keys }: DeviceStores, vault: VaultContents): Promise<void> {
  const record = await readAccount(keys);
  if (!record) return;
  assertVaultNotOlder(vault.version, record.vaultVersion);
  const copies = (secrets: readonly Uint8Array[]) => secrets.map((secret) => new Uint8Array(secret));
  const { accountLogKeys, archiveKeys, version: vaultVersion } = vault;
  const now = { accountLogKeys: copies(accountLogKeys), archiveKeys: copies(archiveKeys), vaultVersion };
  await keys.write([accountWrite({ ...record, ...now }), WITHOUT_HOLDERS]);
}

function personOf(session: Session, list: VerifiedDeviceList): Entered['person'] {
  const { account, username } = session;
  return { account, username, deviceList: new Uint8Array(list.encoded) };
}
