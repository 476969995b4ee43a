import type { AccountId, DeviceId, DeviceList, ListedDevice } from '@sotto/protocol';
import { DecodeError, decodeSignedDeviceList, ProtocolError } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import { deviceListKey, deviceListPrefix } from '@sotto/store';
import { sameBytes, sha256 } from '../records/hash.js';
import { ownOnce } from '../records/own-same.js';

/** A signed list as it came, and what it says. Whether its signature is good is for clients to find out. */
export interface HeldList {
  readonly encoded: Uint8Array;
  readonly list: DeviceList;
}

/** What a list must say about the device that brings it. */
export interface OwnDevice {
  readonly id: DeviceId;
  readonly identityKey: Uint8Array;
}

function invalid(detail: string): ProtocolError {
  return new ProtocolError('request/invalid', { detail });
}

function decode(encoded: Uint8Array): HeldList {
  try {
    return { encoded, list: decodeSignedDeviceList(encoded).list };
  } catch (error) {
    if (error instanceof DecodeError) throw invalid('device list');
    throw error;
  }
}

function checkDevices(list: DeviceList, account: AccountId, own: OwnDevice): void {
  if (list.account !== account) throw invalid('device list of another account');
  if (new Set(list.devices.map((device) => device.id)).size !== list.devices.length)
    throw invalid('device listed twice');
  const listed = list.devices.find((device) => device.id === own.id);
  if (!listed || !sameBytes(listed.key, own.identityKey)) throw invalid('device not on its list');
}

/**
 * Reads an account's first list: version 1, no predecessor, this one device.
 * @throws ProtocolError `request/invalid`
 */
export function readFirstList(encoded: Uint8Array, account: AccountId, own: OwnDevice): HeldList {
  const held = decode(encoded);
  const { version, previous, devices } = held.list;
  if (version !== 1 || previous.length !== 0 || devices.length !== 1)
    throw invalid('not a first device list');
  checkDevices(held.list, account, own);
  return held;
}

function keepsKeys(before: readonly ListedDevice[], after: readonly ListedDevice[]): boolean {
  const keys = new Map(before.map((device) => [device.id, device.key]));
  return after.every((device) => sameBytes(keys.get(device.id) ?? device.key, device.key));
}

/**
 * Reads the list that is to follow `newest`.
 * @throws ProtocolError `auth/device-list-stale` when it follows another one, `request/invalid`
 */
export function readNextList(
  encoded: Uint8Array,
  account: AccountId,
  own: OwnDevice,
  newest: HeldList,
): HeldList {
  const held = decode(encoded);
  const { list } = held;
  checkDevices(list, account, own);
  if (list.version !== newest.list.version + 1 || !sameBytes(list.previous, sha256(newest.encoded)))
    throw new ProtocolError('auth/device-list-stale');
  if (!sameBytes(list.identity, newest.list.identity)) throw invalid('another account identity key');
  if (!keepsKeys(newest.list.devices, list.devices)) throw invalid('device with another key');
  return held;
}

/** An account's newest list. */
export async function newestList(claims: ClaimStore, account: AccountId): Promise<HeldList | undefined> {
  const [claim] = await claims.list({ prefix: deviceListPrefix(account), limit: 1, reverse: true });
  return claim && decode(claim.body);
}

/** @throws ProtocolError `service/unavailable` for an account without a list, which does not exist */
export async function requireNewestList(claims: ClaimStore, account: AccountId): Promise<HeldList> {
  const held = await newestList(claims, account);
  if (!held) throw new ProtocolError('service/unavailable', { detail: 'account without device list' });
  return held;
}

/** Publishes a list. @returns false when its version is taken */
export function publishList(claims: ClaimStore, { encoded, list }: HeldList): Promise<boolean> {
  return ownOnce(claims, deviceListKey(list.account, list.version), encoded);
}

export function isListed({ list }: HeldList, device: DeviceId): boolean {
  return list.devices.some((listed) => listed.id === device);
}
