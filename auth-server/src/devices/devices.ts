import type { addDeviceRequest } from '@sotto/protocol';
import { type AccountId, type DeviceId, ProtocolError } from '@sotto/protocol';
import { type ClaimStore, erasedKind } from '@sotto/store';
import type { InferOutput } from 'valibot';
import { changeAccount } from '../records/account-versions.js';
import { sameBytes } from '../records/hash.js';
import { accountDevicePrefix, deviceKey } from '../records/keys.js';
import { ownOnce, ownSame } from '../records/own-same.js';
import { type AccountParts, deviceRecord, emptyRecord } from '../records/record.js';
import { announceList, type HeldList, heldList, isListed, newestList, readNextList } from './device-lists.js';
import { storePreKeys, takePreKeys } from './pre-keys.js';

export type AddDevice = InferOutput<typeof addDeviceRequest>;
export type NewDevice = AddDevice['device'];

/**
 * Keeps a device and its pre-keys. Nobody is led to it before a list names it.
 * @throws ProtocolError `request/invalid` when the id belongs to another device
 */
export async function storeDevice(claims: ClaimStore, account: AccountId, device: NewDevice): Promise<void> {
  const { id, registrationId, identityKey, preKeys } = device;
  const record = deviceRecord.encode({ v: 1, account, registrationId, identityKey });
  if (await erasedKind(claims, id))
    throw new ProtocolError('request/invalid', { detail: 'device id in use' });
  // The index first: a device that erasing an account would miss must not exist.
  await ownOnce(claims, accountDevicePrefix(account) + id, emptyRecord.encode({ v: 1 }));
  if (!(await ownSame(claims, deviceKey(id), record)))
    throw new ProtocolError('request/invalid', { detail: 'device id in use' });
  await storePreKeys(claims, id, preKeys);
}

/**
 * Adds a device to an account: its keys first, then the list, whose version decides between rivals.
 * Asking again after a lost answer changes nothing.
 * @throws ProtocolError `auth/device-list-stale`, `request/invalid`
 */
export async function linkDevice(claims: ClaimStore, account: AccountId, request: AddDevice): Promise<void> {
  const { device, deviceList } = request;
  const { parts } = await changeAccount(claims, account, async (newest) => {
    const repeated = sameBytes(newest.deviceList, deviceList) && isListed(heldList(newest), device.id);
    if (!repeated) requireWith(newest, readNextList(deviceList, account, device, newest), device.id);
    await storeDevice(claims, account, device);
    return repeated ? undefined : { ...newest, deviceList };
  });
  await announceList(claims, heldList(parts));
}

/** A list that a device is added by names the others as before: one goes with new keys only (SPEC K7). */
function requireWith(newest: AccountParts, next: HeldList, device: DeviceId): void {
  const before = heldList(newest).list.devices.filter(({ id }) => id !== device);
  const others = next.list.devices.filter(({ id }) => id !== device);
  if (others.length !== before.length || before.some(({ id }) => !isListed(next, id)))
    throw new ProtocolError('request/invalid', { detail: 'device list of other devices' });
}

/** Whether a device speaks for an account now. */
export async function speaksFor(claims: ClaimStore, account: AccountId, device: DeviceId): Promise<boolean> {
  const claim = await claims.get(deviceKey(device));
  if (!claim || deviceRecord.decode(claim.body).account !== account) return false;
  const list = await newestList(claims, account);
  return list !== undefined && isListed(list, device);
}

/**
 * Takes a device's bundle: each one-time key is handed out once.
 * @throws ProtocolError `auth/not-found` for a device that is on no newest list
 */
export async function takeBundle(claims: ClaimStore, device: DeviceId) {
  const claim = await claims.get(deviceKey(device));
  if (!claim) throw new ProtocolError('auth/not-found');
  const { account, registrationId, identityKey } = deviceRecord.decode(claim.body);
  const list = await newestList(claims, account);
  if (!list || !isListed(list, device)) throw new ProtocolError('auth/not-found');
  return { device, registrationId, identityKey, ...(await takePreKeys(claims, device)) };
}
