import type { DeviceId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import type { DistributionId } from '../../conversation/fields.js';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

const key = (id: DistributionId, device: DeviceId): string => `given/${id}/${device}`;

/**
 * The change that remembers from which iteration on a device was given a chain of this one: it gets no more of it when it asks
 * again, whenever that is.
 */
export async function givenWrite(
  keys: KeyStore,
  id: DistributionId,
  device: DeviceId,
  iteration: number,
): Promise<KeyWrite[]> {
  const before = await givenFrom(keys, id, device);
  if (before !== undefined && before <= iteration) return [];
  return [{ key: key(id, device), value: encodeCbor(iteration) }];
}

/** The first iteration of a chain that a device was given; undefined if it never was. */
export async function givenFrom(
  keys: KeyStore,
  id: DistributionId,
  device: DeviceId,
): Promise<number | undefined> {
  const value = await keys.get(key(id, device));
  return value && decodeCbor(schemas.count, value);
}
