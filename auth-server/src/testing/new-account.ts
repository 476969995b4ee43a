import { randomBytes, randomInt } from 'node:crypto';
import {
  type AccountId,
  type completeSignUpRequest,
  type DeviceId,
  decodeSignedDeviceList,
  encodeDeviceList,
  encodeSignedDeviceList,
  type ListedDevice,
  randomId,
} from '@sotto/protocol';
import type { InferOutput } from 'valibot';
import { sha256 } from '../records/hash.js';

export type SignUpBody = InferOutput<typeof completeSignUpRequest>;
export type DeviceBody = SignUpBody['device'];

function bytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(length));
}

/** A public key as far as a server looks at it. */
function publicKey(): Uint8Array<ArrayBuffer> {
  const key = bytes(33);
  key[0] = 5;
  return key;
}

/** Pre-keys with ids from `first` on. */
export function newPreKeys(first = 1, each = 3): DeviceBody['preKeys'] {
  const ids = Array.from({ length: each }, (_, index) => first + index);
  const kem = (id: number) => ({ id, key: bytes(1_569), signature: bytes(64) });
  return {
    signed: { id: first, key: publicKey(), signature: bytes(64) },
    lastResortKem: kem(first + 100_000),
    oneTime: ids.map((id) => ({ id, key: publicKey() })),
    oneTimeKem: ids.map(kem),
  };
}

export function newDevice(each = 3): DeviceBody {
  return {
    id: randomId<DeviceId>(),
    registrationId: randomInt(1, 0x3fff),
    identityKey: publicKey(),
    preKeys: newPreKeys(1, each),
  };
}

function listed(device: DeviceBody): ListedDevice {
  return { id: device.id, key: device.identityKey, name: 'Test', kind: 'device', added: 1 };
}

/** A first device list; its signature is for clients to check, and noise here. */
export function firstList(account: AccountId, device: DeviceBody): Uint8Array<ArrayBuffer> {
  const body = encodeDeviceList({
    v: 1,
    account,
    identity: publicKey(),
    version: 1,
    previous: bytes(0),
    vault: 1,
    devices: [listed(device)],
  });
  return encodeSignedDeviceList({ body, signature: bytes(64) });
}

/** The list that follows `before`, with other devices, or under another account key. */
export function listAfter(
  before: Uint8Array,
  change: (devices: ListedDevice[]) => ListedDevice[],
  identity?: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const { list } = decodeSignedDeviceList(before);
  const body = encodeDeviceList({
    ...list,
    ...(identity ? { identity } : {}),
    version: list.version + 1,
    previous: sha256(before),
    devices: change(list.devices),
  });
  return encodeSignedDeviceList({ body, signature: bytes(64) });
}

/** The list that follows `before`, with one device more. */
export function listWith(before: Uint8Array, device: DeviceBody): Uint8Array<ArrayBuffer> {
  return listAfter(before, (devices) => [...devices, listed(device)]);
}

/** The list that follows `before`, without a device. */
export function listWithout(before: Uint8Array, device: DeviceId): Uint8Array<ArrayBuffer> {
  return listAfter(before, (devices) => devices.filter(({ id }) => id !== device));
}

/** The list by which an account starts over with this device. */
export function listAnew(before: Uint8Array, device: DeviceBody): Uint8Array<ArrayBuffer> {
  return listAfter(before, () => [listed(device)], publicKey());
}

/** The list by which an account starts over with a device that it has. */
export function listRenewed(before: Uint8Array, device: DeviceId): Uint8Array<ArrayBuffer> {
  return listAfter(before, (devices) => devices.filter(({ id }) => id === device), publicKey());
}

/** What a password becomes, as far as a server looks at it. */
export function newPassword() {
  return {
    kdf: { algorithm: 'argon2id' as const, memoryKiB: 65_536, passes: 3, lanes: 1, salt: bytes(16) },
    authKey: bytes(32),
  };
}

/** A vault in place of another. */
export function vaultAfter(before: Uint8Array) {
  return { previous: sha256(before), sealed: bytes(200) };
}

/** Everything that makes an account, for the holder of a link. @param preKeys one-time keys of each kind */
export function newAccount(token: Uint8Array, username: string, preKeys = 3): SignUpBody {
  const account = randomId<AccountId>();
  const device = newDevice(preKeys);
  return {
    token: new Uint8Array(token),
    account,
    username,
    ...newPassword(),
    vault: bytes(200),
    deviceList: firstList(account, device),
    device,
  };
}
