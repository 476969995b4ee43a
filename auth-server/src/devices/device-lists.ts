import type { AccountId, DeviceId, DeviceList, ListedDevice } from '@sotto/protocol';
import { DecodeError, decodeSignedDeviceList, LISTS_AT_ONCE, ProtocolError } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import { deviceListKey } from '@sotto/store';
import { newestVersion } from '../records/account-versions.js';
import { sameBytes, sha256 } from '../records/hash.js';
import { ownOnce } from '../records/own-same.js';
import type { AccountParts } from '../records/record.js';

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

function checkDevices(list: DeviceList, account: AccountId, own: OwnDevice | undefined): void {
  if (list.account !== account) throw invalid('device list of another account');
  if (new Set(list.devices.map((device) => device.id)).size !== list.devices.length)
    throw invalid('device listed twice');
  if (!own) return;
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
 * Reads the list that is to follow the one of `parts`, under the same account key.
 * @param own the device that it must name, if there is one
 * @throws ProtocolError `auth/device-list-stale` when it follows another one, `request/invalid`
 */
export function readNextList(
  encoded: Uint8Array,
  account: AccountId,
  own: OwnDevice | undefined,
  parts: AccountParts,
): HeldList {
  const { held, before } = readFollowing(encoded, account, own, parts);
  if (!sameBytes(held.list.identity, before.list.identity)) throw invalid('another account identity key');
  if (!keepsKeys(before.list.devices, held.list.devices)) throw invalid('device with another key');
  return held;
}

/**
 * Reads the list by which an account starts over: the next version, under another account key, with this one device.
 * @throws ProtocolError `auth/device-list-stale`, `request/invalid`
 */
export function readListAnew(
  encoded: Uint8Array,
  account: AccountId,
  own: OwnDevice,
  parts: AccountParts,
): HeldList {
  const { held, before } = readFollowing(encoded, account, own, parts);
  if (sameBytes(held.list.identity, before.list.identity)) throw invalid('the same account identity key');
  if (held.list.devices.length !== 1) throw invalid('more than one device');
  return held;
}

function readFollowing(
  encoded: Uint8Array,
  account: AccountId,
  own: OwnDevice | undefined,
  parts: AccountParts,
) {
  const held = decode(encoded);
  const before = decode(parts.deviceList);
  checkDevices(held.list, account, own);
  const { version, previous } = held.list;
  if (version !== before.list.version + 1 || !sameBytes(previous, sha256(before.encoded)))
    throw new ProtocolError('auth/device-list-stale');
  return { held, before };
}

/** The list of a version. */
export function heldList({ deviceList }: Pick<AccountParts, 'deviceList'>): HeldList {
  return decode(deviceList);
}

/** An account's newest list. */
export async function newestList(claims: ClaimStore, account: AccountId): Promise<HeldList | undefined> {
  const newest = await newestVersion(claims, account);
  return newest && heldList(newest.parts);
}

/** @throws ProtocolError `service/unavailable` for an account without a list, which does not exist */
export async function requireNewestList(claims: ClaimStore, account: AccountId): Promise<HeldList> {
  const held = await newestList(claims, account);
  if (!held) throw new ProtocolError('service/unavailable', { detail: 'account without device list' });
  return held;
}

/** An account's lists from a version downwards, as many as one answer holds. */
export async function listsDownFrom(
  claims: ClaimStore,
  account: AccountId,
  version: number,
): Promise<Uint8Array[]> {
  const count = Math.min(version, LISTS_AT_ONCE);
  const keys = Array.from({ length: count }, (_, back) => deviceListKey(account, version - back));
  const found = await Promise.all(keys.map((key) => claims.get(key)));
  const hole = found.indexOf(undefined);
  return found.slice(0, hole < 0 ? undefined : hole).map((claim) => claim!.body);
}

/** Tells other servers of a list that counts; telling them again changes nothing. */
export async function announceList(claims: ClaimStore, { encoded, list }: HeldList): Promise<void> {
  await ownOnce(claims, deviceListKey(list.account, list.version), encoded);
}

export function isListed({ list }: HeldList, device: DeviceId): boolean {
  return list.devices.some((listed) => listed.id === device);
}
