import type { InferOutput } from 'valibot';
import * as v from 'valibot';
import { decodeCbor, encodeCbor } from './bytes/cbor.js';
import { accountId, bytes, bytesOf, count, deviceId } from './bytes/schemas.js';

/** Devices one account can have at once. */
export const MAX_DEVICES = 64;

const listedDevice = v.strictObject({
  id: deviceId,
  /** Device identity key, 0x05 then 32 bytes. */
  key: bytesOf(33),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  /** An agent is a device that the service runs. */
  kind: v.picklist(['device', 'agent']),
  /** When it was linked, milliseconds since 1970, by the clock of the device that signed. */
  added: count,
});

const body = v.strictObject({
  /** Format of this body. */
  v: v.literal(1),
  account: accountId,
  /** Account identity key, 0x05 then 32 bytes: the key that signs this list. */
  identity: bytesOf(33),
  /** Counts from 1 and never goes back. */
  version: v.pipe(count, v.minValue(1)),
  /** SHA-256 of the signed list before this one; empty for the first. */
  previous: v.union([bytesOf(0), bytesOf(32)]),
  /** Version of the vault that has the account's keys of now: an older one is from before somebody was removed. */
  vault: v.pipe(count, v.minValue(1)),
  devices: v.pipe(v.array(listedDevice), v.maxLength(MAX_DEVICES)),
});

const signed = v.strictObject({
  body: bytes(32_768),
  /** XEdDSA by the account identity key over `"Sotto device list v1" || body`. */
  signature: bytesOf(64),
});

export type ListedDevice = InferOutput<typeof listedDevice>;
/** Which devices speak for an account (SPEC K1). */
export type DeviceList = InferOutput<typeof body>;
export type SignedDeviceList = InferOutput<typeof signed>;

/** Bytes that the signature covers follow this label. */
export const DEVICE_LIST_LABEL = 'Sotto device list v1';
/** Largest signed list on the wire. */
export const DEVICE_LIST_BYTES = 33_000;

export function encodeDeviceList(list: DeviceList): Uint8Array<ArrayBuffer> {
  return encodeCbor(list);
}

export function encodeSignedDeviceList(list: SignedDeviceList): Uint8Array<ArrayBuffer> {
  return encodeCbor(list);
}

/**
 * Reads a signed list's shape. The signature, the hash chain and the version are the reader's to check: a server
 * uses this to learn which devices exist, a client verifies before it believes anything.
 * @throws DecodeError
 */
export function decodeSignedDeviceList(encoded: Uint8Array): { signed: SignedDeviceList; list: DeviceList } {
  const outer = decodeCbor(signed, encoded);
  return { signed: outer, list: decodeCbor(body, outer.body) };
}
