import type { AccountId, DeviceId } from '@sotto/protocol';
import { loadArgon2id } from '../crypto/argon2id.js';
import type { Session } from './access-session.js';
import { type MadeDevice, makeDevice } from './device-keys.js';
import { listedDevice, type VerifiedDeviceList, verifyDeviceList } from './device-list.js';
import { AccountError } from './errors.js';
import type { AccountApi } from './http-api.js';
import { derivePasswordKeys, type KdfParameters } from './kdf.js';
import { linkDevice, type Replacing } from './link-device.js';
import { assertNotOlder, assertVaultOf, NOTHING_SEEN, type SeenVersions } from './seen-versions.js';
import type { Wait } from './try-again.js';
import { openVaultWithPassword, sealVault, vaultHash } from './vault.js';
import { rotatedAccountKeys, type VaultContents } from './vault-contents.js';

export interface SignInInput {
  /** Username or address. */
  readonly login: string;
  readonly password: string;
  /** Which device this browser already is, by its keyring: its stores are there and only locked. */
  readonly knownDevice?: DeviceId | undefined;
  /** As people read it, should a new device be linked. */
  readonly deviceName: string;
  /**
   * Devices that this browser was and is no more: they go off the list as it becomes another one, and the account's keys change.
   * Asked for when the vault is open.
   */
  readonly replaces?: ((vault: VaultContents) => Promise<readonly DeviceId[]>) | undefined;
  /** Stores a new device's secrets, before the server hears of it. Not called for `knownDevice`. */
  readonly keep?:
    | ((made: {
        account: AccountId;
        username: string;
        vault: VaultContents;
        device: MadeDevice;
      }) => Promise<void>)
    | undefined;
  /** What was seen of the account here before, readable while its stores are locked. */
  readonly seen?: ((account: AccountId) => Promise<SeenVersions>) | undefined;
  readonly wait?: Wait | undefined;
}

/** A session with a device. */
export interface SignedIn {
  readonly account: AccountId;
  readonly session: Session;
  /** The caller compares its version with the highest it has seen. */
  readonly vault: VaultContents;
  /** Verified against the vault's identity; the caller compares it with its pin. */
  readonly list: VerifiedDeviceList;
  /** Which device this session speaks for. */
  readonly deviceId: DeviceId;
  /** The new device, where `knownDevice` was not taken. */
  readonly linked: MadeDevice | undefined;
}

/**
 * Signs in with a password and opens the vault; links this browser as a new device unless it is `knownDevice` still.
 * @throws AccountError `account/weak-kdf`, `account/vault-unopenable`, `account/vault-rolled-back`, or as verifyDeviceList and
 * linkDevice; ProtocolError `auth/credentials-wrong`, `service/unavailable`, ...
 */
export async function signIn(api: AccountApi, input: SignInInput): Promise<SignedIn> {
  const begun = await logIn(api, input);
  return orSignedOut(api, async () => {
    const { kdf, vaultHalf, account, sealed } = begun;
    const vault = await openVaultWithPassword(sealed, { account, kdf, vaultHalf });
    const list = await verifiedList(begun, vault, input);
    return enterAs(api, begun, vault, list, input);
  });
}

/** What the password gave, and what the server says of the account. */
interface LoggedIn {
  readonly account: AccountId;
  readonly session: Session;
  readonly kdf: KdfParameters;
  readonly authKey: Uint8Array<ArrayBuffer>;
  readonly vaultHalf: Uint8Array;
  readonly sealed: Uint8Array<ArrayBuffer>;
  readonly deviceList: Uint8Array<ArrayBuffer>;
  /** Made while the server was looking, should this browser become a device. */
  readonly made: MadeDevice | undefined;
}

/** Signs in as far as the server knows. @throws AccountError `account/weak-kdf`; ProtocolError */
export async function logIn(
  api: AccountApi,
  {
    login,
    password,
    knownDevice,
    deviceName,
  }: Pick<SignInInput, 'login' | 'password' | 'knownDevice'> & { readonly deviceName?: string },
): Promise<LoggedIn> {
  const [{ kdf }] = await Promise.all([api.prelogin({ login }), loadArgon2id()]);
  const { authKey, vaultHalf } = await derivePasswordKeys(password, kdf);
  const device = knownDevice === undefined ? {} : { device: knownDevice };
  const name = knownDevice === undefined ? deviceName : undefined;
  const [answer, made] = await Promise.all([
    api.login({ login, authKey, ...device }),
    name === undefined ? undefined : madeMeanwhile(name),
  ]);
  const { vault: sealed, deviceList, kdf: _, ...session } = answer;
  const { account } = session;
  return { account, session, kdf, authKey: new Uint8Array(authKey), vaultHalf, sealed, deviceList, made };
}

/** Keys take as long as the server does: they are made once the question is on its way. */
async function madeMeanwhile(name: string): Promise<MadeDevice> {
  await new Promise((asked) => setTimeout(asked));
  return makeDevice({ name });
}

/** Ends the session again when nothing comes of it. */
export async function orSignedOut<T>(api: AccountApi, enter: () => Promise<T>): Promise<T> {
  try {
    return await enter();
  } catch (error) {
    // It runs out by itself where the server does not hear of it.
    await api.endSession().catch(() => undefined);
    throw error;
  }
}

/** The list that was served with it, signed by the vault's key and no older than what was seen. */
export async function verifiedList(
  { account, deviceList }: LoggedIn,
  vault: VaultContents,
  { seen }: Pick<SignInInput, 'seen'>,
): Promise<VerifiedDeviceList> {
  const list = await verifyDeviceList(deviceList, { account, identity: vault.identity.publicKey });
  assertVaultOf(list, vault.version);
  assertNotOlder({ vault: vault.version, list: list.list.version }, (await seen?.(account)) ?? NOTHING_SEEN);
  return list;
}

/** Goes on as the device that this browser is, or makes it one. */
export async function enterAs(
  api: AccountApi,
  begun: LoggedIn,
  opened: VaultContents,
  list: VerifiedDeviceList,
  input: SignInInput,
): Promise<SignedIn> {
  const { account, session } = begun;
  const { knownDevice, deviceName, keep, wait } = input;
  if (session.device !== undefined) {
    if (session.device !== knownDevice || !listedDevice(list, session.device))
      throw new AccountError('account/device-missing');
    return { account, vault: opened, session, list, deviceId: session.device, linked: undefined };
  }
  const { vault, replacing } = await replacement(begun, opened, list, input);
  const linked = await linkDevice(api, {
    account,
    identity: vault.identity,
    vaultVersion: vault.version,
    list,
    deviceName,
    made: begun.made,
    keep: keep && ((device) => keep({ account, vault, username: session.username, device })),
    replacing,
    wait,
  });
  return {
    ...{ account, vault },
    session: linked.session,
    list: linked.list,
    deviceId: linked.device.id,
    linked: linked.device,
  };
}

/** Whom the new device takes the place of, and the vault that stands then. */
async function replacement(
  begun: LoggedIn,
  vault: VaultContents,
  list: VerifiedDeviceList,
  { replaces }: SignInInput,
): Promise<{ readonly vault: VaultContents; readonly replacing?: Replacing }> {
  const devices = ((await replaces?.(vault)) ?? []).filter((id) => listedDevice(list, id));
  if (devices.length === 0) return { vault };
  const next = { ...vault, ...rotatedAccountKeys(vault), version: vault.version + 1 };
  const sealed = new Uint8Array(await sealVault(next, begun));
  const previous = await vaultHash(begun.sealed);
  return { vault: next, replacing: { devices, vault: { authKey: begun.authKey, previous, sealed } } };
}
