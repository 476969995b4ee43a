import {
  type AccountId,
  DEVICE_LIST_BYTES,
  type DeviceId,
  decodeCbor,
  decodeSignedDeviceList,
  encodeCbor,
  type ListedDevice,
  schemas,
} from '@sotto/protocol';
import * as v from 'valibot';
import { constantTimeEqual, type IdentityKey } from '../crypto/index.js';
import type { VerifiedDeviceList } from './device-list.js';

/** A device that was on a verified list once: what it signed then outlives it. */
export interface PastDevice {
  readonly id: DeviceId;
  readonly key: IdentityKey;
  /** Of the account, when it was listed. */
  readonly identity: IdentityKey;
  /** Versions of the last list that is known to name it, and of the first after that which is known not to. */
  readonly last: number;
  readonly gone: number;
}

/** A device as {@link knownDevice} finds it. */
export interface FoundDevice {
  readonly account: AccountId;
  readonly key: IdentityKey;
  readonly identities: readonly IdentityKey[];
  /** Version of the newest list, and whether all devices of earlier ones are known. */
  readonly newest: number;
  readonly isPastKnown: boolean;
  /** Where it is on the newest list no more: see {@link PastDevice}. */
  readonly left?: Pick<PastDevice, 'last' | 'gone'>;
}

/** The newest verified list of somebody, as this device keeps it. */
export interface PinnedList extends VerifiedDeviceList {
  /** As the server said at the first sight of them; the list does not vouch for it. */
  readonly username: string;
  /** Devices that came since this person's devices were last looked at. */
  readonly unseen: readonly DeviceId[];
  /** Devices of earlier lists, latest first; one that is still listed where it was under another account key. */
  readonly past: readonly PastDevice[];
  /** Whether {@link past} is of all earlier lists. */
  readonly isPastKnown: boolean;
}

/** A list under another account key than the pinned one: shown, not trusted. */
export interface OfferedList extends VerifiedDeviceList {
  /** When this key was first seen here, milliseconds since 1970. */
  readonly since: number;
}

/** Past devices that a pin remembers; what was before can be asked for. */
const MAX_PAST = 256;

const key = schemas.bytesOf(33);

const pinned = v.strictObject({
  v: v.literal(1),
  username: v.string(),
  list: schemas.bytes(DEVICE_LIST_BYTES),
  unseen: v.array(schemas.deviceId),
  past: v.array(v.strictTuple([schemas.deviceId, key, key, schemas.count, schemas.count])),
  isPastKnown: v.boolean(),
});

const offered = v.strictObject({
  v: v.literal(1),
  list: schemas.bytes(DEVICE_LIST_BYTES),
  since: schemas.count,
});

export function encodePinnedList({ username, encoded, unseen, past, isPastKnown }: PinnedList): Uint8Array {
  const devices = past.map((one) => [one.id, one.key, one.identity, one.last, one.gone]);
  return encodeCbor({ v: 1, username, list: encoded, unseen, past: devices, isPastKnown });
}

/**
 * Undoes {@link encodePinnedList}. The signature was verified before it was pinned.
 * @throws DecodeError
 */
export function decodePinnedList(bytes: Uint8Array): PinnedList {
  const { username, list: encoded, unseen, past, isPastKnown } = decodeCbor(pinned, bytes);
  return {
    username,
    encoded,
    list: decodeSignedDeviceList(encoded).list,
    unseen,
    isPastKnown,
    past: past.map(([id, deviceKey, identity, last, gone]) => ({ id, key: deviceKey, identity, last, gone })),
  };
}

export function encodeOfferedList({ encoded, since }: OfferedList): Uint8Array {
  return encodeCbor({ v: 1, list: encoded, since });
}

/**
 * Undoes {@link encodeOfferedList}. The signature was verified before it was kept.
 * @throws DecodeError
 */
export function decodeOfferedList(bytes: Uint8Array): OfferedList {
  const { list: encoded, since } = decodeCbor(offered, bytes);
  return { encoded, since, list: decodeSignedDeviceList(encoded).list };
}

/** The pin of a first list: everything on it counts as looked at. */
export function firstPin(list: VerifiedDeviceList, username: string): PinnedList {
  return { ...list, username, unseen: [], past: [], isPastKnown: list.list.version === 1 };
}

/** The pin once a newer list of the same account key came. Its name stays: nothing but the server's word speaks for another. */
export function nextPin(before: PinnedList, list: VerifiedDeviceList): PinnedList {
  const { added } = listChange(before, list);
  const here = new Set(list.list.devices.map(({ id }) => id));
  const unseen = [...before.unseen, ...added.map(({ id }) => id)].filter((id) => here.has(id));
  return { ...list, username: before.username, unseen, ...pastAfter(before, list) };
}

/** The pin once another account key is trusted, whose devices were looked at with it. */
export function pinUnderNewKey(before: PinnedList, list: VerifiedDeviceList): PinnedList {
  return { ...list, username: before.username, unseen: [], ...pastAfter(before, list) };
}

/** The pin with the devices of all earlier lists. */
export function withPast(pin: PinnedList, earlier: readonly VerifiedDeviceList[]): PinnedList {
  const past = earlier.flatMap((list) => devicesOf(list, list.list.version + 1)).filter(isPastOf(pin));
  return { ...pin, past: merged(past, []), isPastKnown: true };
}

/** Which devices came and went between two lists of one account. */
export function listChange(
  before: VerifiedDeviceList,
  after: VerifiedDeviceList,
): { readonly added: readonly ListedDevice[]; readonly removed: readonly ListedDevice[] } {
  const without = (list: VerifiedDeviceList, other: VerifiedDeviceList) => {
    const ids = new Set(other.list.devices.map(({ id }) => id));
    return list.list.devices.filter(({ id }) => !ids.has(id));
  };
  return { added: without(after, before), removed: without(before, after) };
}

/** A device of the newest or an earlier list, and every account key that it was listed under with this key of its own. */
export function knownDevice(pin: PinnedList, device: DeviceId): FoundDevice | undefined {
  const { account, version: newest } = pin.list;
  const listed = devicesOf(pin, newest + 1).filter(({ id }) => id === device);
  const past = pin.past.filter(({ id }) => id === device);
  const key = [...listed, ...past][0]?.key;
  if (!key) return undefined;
  const same = [...listed, ...past].filter((one) => constantTimeEqual(one.key, key));
  const identities = same.map(({ identity }) => identity);
  const found = { account, key, identities, newest, isPastKnown: pin.isPastKnown };
  if (listed.length > 0) return found;
  const { last, gone } = past.reduce((latest, one) => (one.last > latest.last ? one : latest));
  return { ...found, left: { last, gone } };
}

/** @param gone the first version that names them no more */
function devicesOf({ list }: VerifiedDeviceList, gone: number): PastDevice[] {
  const { devices, identity, version } = list;
  return devices.map(({ id, key: deviceKey }) => ({ id, key: deviceKey, identity, last: version, gone }));
}

function pastAfter(before: PinnedList, list: VerifiedDeviceList): Pick<PinnedList, 'past' | 'isPastKnown'> {
  const gone = devicesOf(before, list.list.version).filter(isPastOf(list));
  const skipsNone = list.list.version <= before.list.version + 1;
  return { past: merged(gone, before.past), isPastKnown: before.isPastKnown && skipsNone };
}

/** Not on a list, or under another account key. */
function isPastOf({ list }: VerifiedDeviceList): (device: PastDevice) => boolean {
  const here = new Set(list.devices.map(({ id }) => id));
  return ({ id, identity }) => !here.has(id) || !constantTimeEqual(identity, list.identity);
}

/** Each device once under each account key: the first mention stands. */
function merged(first: readonly PastDevice[], second: readonly PastDevice[]): PastDevice[] {
  const devices = new Map<string, PastDevice>();
  for (const device of [...first, ...second]) {
    const name = `${device.id} ${device.identity.join()}`;
    if (!devices.has(name)) devices.set(name, device);
  }
  return [...devices.values()].slice(0, MAX_PAST);
}
