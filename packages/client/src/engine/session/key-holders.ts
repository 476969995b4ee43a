import { type DeviceId, decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

const KEY = 'account-holders';
const holders = v.strictObject({
  v: v.literal(1),
  devices: v.array(schemas.deviceId),
  /** Listed still, and about to take themselves off the list: they made these keys for the others. */
  leaving: v.array(schemas.deviceId),
});

const NOBODY: Omit<v.InferOutput<typeof holders>, 'v'> = { devices: [], leaving: [] };

/** Who has the account's keys of now, by the account's list: written with the keys. @param leaving who takes itself off the list next */
export function holdersWrite(devices: readonly DeviceId[], leaving: readonly DeviceId[] = []): KeyWrite {
  return { key: KEY, value: encodeCbor({ v: 1, devices, leaving }) };
}

/** With keys from a vault that was just opened: whoever the list names has them. */
export const WITHOUT_HOLDERS: KeyWrite = { key: KEY, value: undefined };

/**
 * Whether somebody has the account's keys who is no longer on its list: then other keys are in the vault by now, and nothing may be
 * sealed by these. Devices that are new on the list got the keys with it.
 * @param listed devices of the newest own list
 */
export async function areOutdated(keys: KeyStore, listed: readonly DeviceId[]): Promise<boolean> {
  const value = await keys.get(KEY);
  const { devices: known, leaving } = value ? decodeCbor(holders, value) : NOBODY;
  if (known.some((id) => !listed.includes(id))) return true;
  const staying = listed.filter((id) => !leaving.includes(id));
  if (staying.some((id) => !known.includes(id))) await keys.write([holdersWrite(staying, leaving)]);
  return false;
}
