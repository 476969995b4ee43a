import type { AccountId, DeviceId } from '@sotto/protocol';
import type { Session } from './access-session.js';
import type { MadeDevice } from './device-keys.js';
import { listedDevice, type VerifiedDeviceList, verifyDeviceList } from './device-list.js';
import { AccountError } from './errors.js';
import type { AccountApi } from './http-api.js';
import { derivePasswordKeys } from './kdf.js';
import { linkDevice } from './link-device.js';
import type { Wait } from './try-again.js';
import { openVaultWithPassword } from './vault.js';
import type { VaultContents } from './vault-contents.js';

export interface SignInInput {
  /** Username or address. */
  readonly login: string;
  readonly password: string;
  /** Which device this browser already is, by its keyring: its stores are there and only locked. */
  readonly knownDevice?: DeviceId | undefined;
  /** As people read it, should a new device be linked. */
  readonly deviceName: string;
  /** Stores a new device's secrets, before the server hears of it. Not called for `knownDevice`. */
  readonly keep?:
    | ((made: {
        account: AccountId;
        username: string;
        vault: VaultContents;
        device: MadeDevice;
      }) => Promise<void>)
    | undefined;
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
  /** The account had other devices before this one was linked, so older messages are not here. */
  readonly lacksHistory: boolean;
}

/**
 * Signs in with a password and opens the vault; links this browser as a new device unless it is `knownDevice` still.
 * @throws AccountError `account/weak-kdf`, `account/vault-unopenable`, or as verifyDeviceList and linkDevice;
 * ProtocolError `auth/credentials-wrong`, `service/unavailable`, ...
 */
export async function signIn(api: AccountApi, input: SignInInput): Promise<SignedIn> {
  const { login, password, knownDevice, deviceName } = input;
  const { kdf } = await api.prelogin({ login });
  const { authKey, vaultHalf } = await derivePasswordKeys(password, kdf);
  const device = knownDevice === undefined ? {} : { device: knownDevice };
  const { vault: sealed, deviceList, kdf: _, ...session } = await api.login({ login, authKey, ...device });
  const { account } = session;
  const vault = await openVaultWithPassword(sealed, { account, kdf, vaultHalf });
  const list = await verifyDeviceList(deviceList, { account, identity: vault.identity.publicKey });
  const opened = { account, vault };
  if (session.device !== undefined) {
    if (session.device !== knownDevice || !listedDevice(list, session.device))
      throw new AccountError('account/device-missing');
    return { ...opened, session, list, deviceId: session.device, linked: undefined, lacksHistory: false };
  }
  const { identity } = vault;
  const linked = await linkDevice(api, {
    account,
    identity,
    list,
    deviceName,
    keep: input.keep && ((made) => input.keep!({ ...opened, username: session.username, device: made })),
    wait: input.wait,
  });
  return {
    ...opened,
    session: linked.session,
    list: linked.list,
    deviceId: linked.device.id,
    linked: linked.device,
    lacksHistory: linked.list.list.devices.length > 1,
  };
}
