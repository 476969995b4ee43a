import { type AccountId, type DeviceId, MAX_DEVICES, ProtocolError } from '@sotto/protocol';
import type { IdentityKeyPair } from '../crypto/index.js';
import type { Session } from './access-session.js';
import { type MadeDevice, makeDevice } from './device-keys.js';
import { nextDeviceList, type VerifiedDeviceList, verifyDeviceList } from './device-list.js';
import { AccountError } from './errors.js';
import type { AccountApi } from './http-api.js';
import { tryAgain, type Wait, waitFor } from './try-again.js';

/** Lists that other devices may publish between before this gives up. */
const RIVALS = 5;

export interface LinkedDevice {
  readonly device: MadeDevice;
  /** The list that names it. */
  readonly list: VerifiedDeviceList;
  readonly session: Session;
}

/** Devices that go as another one comes, and the vault that they can do nothing with. */
export interface Replacing {
  readonly devices: readonly DeviceId[];
  readonly vault: {
    readonly authKey: Uint8Array<ArrayBuffer>;
    /** SHA-256 of the one that stands. */
    readonly previous: Uint8Array<ArrayBuffer>;
    readonly sealed: Uint8Array<ArrayBuffer>;
  };
}

/**
 * Makes this browser a device of its account: signs it onto the list that follows the newest one and publishes both.
 * @param input `identity` is the account's, from the vault of `vaultVersion`; `list` the newest verified; `deviceName` as people
 * read it, `made` its keys, where they are made already; `keep` stores the device's secrets before anybody can hear of it;
 * `replacing` whom it takes the place of, by the vault of `vaultVersion` with new keys
 * @throws ProtocolError; AccountError `account/too-many-devices`, or as verifyDeviceList
 */
export async function linkDevice(
  api: AccountApi,
  input: {
    account: AccountId;
    identity: IdentityKeyPair;
    vaultVersion: number;
    list: VerifiedDeviceList;
    deviceName: string;
    made?: MadeDevice | undefined;
    keep?: ((device: MadeDevice) => Promise<void>) | undefined;
    replacing?: Replacing | undefined;
    wait?: Wait | undefined;
  },
): Promise<LinkedDevice> {
  const { account, identity, wait = waitFor } = input;
  const { replacing } = input;
  const others = ({ list }: VerifiedDeviceList) =>
    list.devices.filter(({ id }) => !replacing?.devices.includes(id));
  if (others(input.list).length >= MAX_DEVICES) throw new AccountError('account/too-many-devices');
  const device = input.made ?? makeDevice({ name: input.deviceName });
  await input.keep?.(device);
  let newest = input.list;
  for (let rivals = 0; ; rivals += 1) {
    const vault = replacing ? input.vaultVersion : newest.list.vault;
    const list = await nextDeviceList(newest, identity, [...others(newest), device.listed], vault);
    const request = {
      deviceList: new Uint8Array(list.encoded),
      device: device.published,
      ...(replacing ? { replacing: replacing.vault } : {}),
    };
    try {
      return { device, list, session: await tryAgain(() => api.addDevice(request), wait) };
    } catch (error) {
      if (!(error instanceof ProtocolError && error.code === 'auth/device-list-stale') || rivals === RIVALS)
        throw error;
    }
    newest = await newerList(api, account, identity, newest);
    // Somebody was removed just now: the vault has other keys by now, to be signed in with.
    if (newest.list.vault > input.vaultVersion)
      throw new ProtocolError('service/unavailable', { detail: 'vault' });
  }
}

async function newerList(
  api: AccountApi,
  account: AccountId,
  identity: IdentityKeyPair,
  pinned: VerifiedDeviceList,
): Promise<VerifiedDeviceList> {
  const { deviceList } = await api.account(account);
  return verifyDeviceList(deviceList, { account, identity: identity.publicKey, pinned });
}
