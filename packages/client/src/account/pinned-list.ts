import { DEVICE_LIST_BYTES, decodeCbor, decodeSignedDeviceList, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { VerifiedDeviceList } from './device-list.js';

/** The newest verified list of somebody, as this device keeps it. */
export interface PinnedList extends VerifiedDeviceList {
  /** As the server said; the list does not vouch for it. */
  readonly username: string;
}

const pinned = v.strictObject({
  v: v.literal(1),
  username: v.string(),
  list: schemas.bytes(DEVICE_LIST_BYTES),
});

export function encodePinnedList({ username, encoded }: PinnedList): Uint8Array {
  return encodeCbor({ v: 1, username, list: encoded });
}

/**
 * Undoes {@link encodePinnedList}. The signature was verified before it was pinned.
 * @throws DecodeError
 */
export function decodePinnedList(bytes: Uint8Array): PinnedList {
  const { username, list: encoded } = decodeCbor(pinned, bytes);
  return { username, encoded, list: decodeSignedDeviceList(encoded).list };
}
