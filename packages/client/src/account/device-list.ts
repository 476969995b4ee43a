import {
  type AccountId,
  DEVICE_LIST_LABEL,
  DecodeError,
  type DeviceId,
  type DeviceList,
  decodeSignedDeviceList,
  encodeDeviceList,
  encodeSignedDeviceList,
  type ListedDevice,
  MAX_DEVICES,
  type SignedDeviceList,
} from '@sotto/protocol';
import {
  constantTimeEqual,
  decodePublicKey,
  type IdentityKey,
  type IdentityKeyPair,
  isCryptoError,
  sign,
  verify,
} from '../crypto/index.js';
import { AccountError } from './errors.js';

/** A device list that has passed {@link verifyDeviceList} or was signed here. */
export interface VerifiedDeviceList {
  readonly list: DeviceList;
  /** Exactly what was signed and sent; what the next list's `previous` is the hash of. */
  readonly encoded: Uint8Array;
}

const label = new TextEncoder().encode(DEVICE_LIST_LABEL);

/** What the account identity signs: the label, then the body. */
function signedBytes(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(label.length + body.length);
  bytes.set(label);
  bytes.set(body, label.length);
  return bytes;
}

/** SHA-256 of a signed list: what the next one names as `previous`, and what messages name as its head. */
export async function deviceListHash(encoded: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', encoded as BufferSource));
}

function signDeviceList(list: DeviceList, identity: IdentityKeyPair): VerifiedDeviceList {
  if (list.devices.length > MAX_DEVICES) throw new AccountError('account/too-many-devices');
  const body = encodeDeviceList(list);
  const signature = sign(identity.privateKey, signedBytes(body));
  return {
    list,
    encoded: encodeSignedDeviceList({ body: new Uint8Array(body), signature: new Uint8Array(signature) }),
  };
}

/** Signs an account's first list. */
export function firstDeviceList(
  account: AccountId,
  identity: IdentityKeyPair,
  devices: readonly ListedDevice[],
): VerifiedDeviceList {
  return signDeviceList(
    {
      v: 1,
      account,
      identity: new Uint8Array(identity.publicKey),
      version: 1,
      previous: new Uint8Array(),
      vault: 1,
      devices: [...devices],
    },
    identity,
  );
}

/**
 * Signs the list that follows `before`.
 * @param vault version of the vault that brings new keys with it
 * @throws AccountError `account/identity-changed` if `before` is another identity's, `account/too-many-devices`
 */
export async function nextDeviceList(
  before: VerifiedDeviceList,
  identity: IdentityKeyPair,
  devices: readonly ListedDevice[],
  vault: number = before.list.vault,
): Promise<VerifiedDeviceList> {
  if (!constantTimeEqual(before.list.identity, identity.publicKey))
    throw new AccountError('account/identity-changed');
  const previous = await deviceListHash(before.encoded);
  return signDeviceList(
    { ...before.list, version: before.list.version + 1, previous, vault, devices: [...devices] },
    identity,
  );
}

/**
 * Signs the list that follows `before` under another account key: the account began anew. Contacts keep it as offered
 * until somebody accepts the key.
 * @param vault version of the vault that has that key
 * @throws AccountError `account/too-many-devices`
 */
export async function listUnderNewKey(
  before: VerifiedDeviceList,
  identity: IdentityKeyPair,
  devices: readonly ListedDevice[],
  vault: number = before.list.vault,
): Promise<VerifiedDeviceList> {
  const previous = await deviceListHash(before.encoded);
  const { account, version } = before.list;
  const key = new Uint8Array(identity.publicKey);
  return signDeviceList(
    { v: 1, account, identity: key, version: version + 1, previous, vault, devices: [...devices] },
    identity,
  );
}

/** What a list is checked against. */
export interface ListExpectation {
  readonly account: AccountId;
  /** The account identity, where it is known otherwise: from the vault. */
  readonly identity?: IdentityKey;
  /** The newest list that was verified before. */
  readonly pinned?: VerifiedDeviceList | undefined;
}

/**
 * Verifies a signed list (SPEC K1): its signature, whose it is, its own shape, and that it does not go back behind the
 * pinned one.
 * @throws AccountError `account/list-forged`, `account/identity-changed`, `account/list-rolled-back`
 */
export async function verifyDeviceList(
  encoded: Uint8Array,
  expectation: ListExpectation,
): Promise<VerifiedDeviceList> {
  const { signed, list } = decode(encoded);
  if (list.account !== expectation.account || !isConsistent(list)) forged();
  if (!(await isSigned(signed, list))) forged();
  const identities = [expectation.identity, expectation.pinned?.list.identity];
  if (identities.some((identity) => identity && !constantTimeEqual(identity, list.identity)))
    throw new AccountError('account/identity-changed');
  const verified = { list, encoded: new Uint8Array(encoded) };
  if (expectation.pinned) await assertFollows(verified, expectation.pinned);
  return verified;
}

/** The listed device with this id. */
export function listedDevice({ list }: VerifiedDeviceList, id: DeviceId): ListedDevice | undefined {
  return list.devices.find((device) => device.id === id);
}

function forged(): never {
  throw new AccountError('account/list-forged');
}

function decode(encoded: Uint8Array): { signed: SignedDeviceList; list: DeviceList } {
  try {
    return decodeSignedDeviceList(encoded);
  } catch (error) {
    if (error instanceof DecodeError) forged();
    throw error;
  }
}

/** Only the first list has no predecessor; no device and no key is listed twice; every key is one. */
function isConsistent({ version, previous, devices, identity }: DeviceList): boolean {
  if ((version === 1) !== (previous.length === 0)) return false;
  const keys = new Set(devices.map(({ key }) => key.join()));
  const ids = new Set(devices.map(({ id }) => id));
  if (keys.size !== devices.length || ids.size !== devices.length) return false;
  return [identity, ...devices.map(({ key }) => key)].every(isPublicKey);
}

/** Whether bytes are a public key at all: 0x05 and a point. */
export function isPublicKey(key: Uint8Array): boolean {
  try {
    decodePublicKey(key);
    return true;
  } catch (error) {
    if (isCryptoError(error)) return false;
    throw error;
  }
}

function isSigned({ body, signature }: SignedDeviceList, { identity }: DeviceList): Promise<boolean> {
  return verify(identity, signedBytes(body), signature);
}

async function assertFollows(next: VerifiedDeviceList, pinned: VerifiedDeviceList): Promise<void> {
  const ahead = next.list.version - pinned.list.version;
  if (ahead < 0) throw new AccountError('account/list-rolled-back');
  if (ahead === 0 && !constantTimeEqual(next.encoded, pinned.encoded)) forged();
  if (ahead === 1 && !constantTimeEqual(next.list.previous, await deviceListHash(pinned.encoded))) forged();
}
