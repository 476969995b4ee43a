import { DecodeError, decodeSignedDeviceList } from '@sotto/protocol';
import { constantTimeEqual } from '../crypto/index.js';
import { deviceListHash, type VerifiedDeviceList, verifyDeviceList } from './device-list.js';
import { AccountError } from './errors.js';
import type { OfferedList } from './pinned-list.js';

/**
 * Verifies a list that is signed by another account key than the pinned one: its own signature and shape, and that the
 * versions go on. Whoever made a new account key goes on from the list before; a key that was given up does not come back.
 * @param before what was offered until now
 * @param now milliseconds since 1970
 * @returns undefined when it is the pinned key's: no offer
 * @throws AccountError `account/list-forged`, `account/list-rolled-back`
 */
export async function verifyOffered(
  encoded: Uint8Array,
  pinned: VerifiedDeviceList,
  before: OfferedList | undefined,
  now: number,
): Promise<OfferedList | undefined> {
  const identity = identityOf(encoded);
  if (!identity || constantTimeEqual(identity, pinned.list.identity)) return undefined;
  const again = before && constantTimeEqual(before.list.identity, identity) ? before : undefined;
  const offered = await verifyDeviceList(encoded, { account: pinned.list.account, pinned: again });
  if (again && constantTimeEqual(again.encoded, encoded)) return again;
  const ahead = offered.list.version - pinned.list.version;
  if (ahead <= 0) throw new AccountError('account/list-rolled-back');
  if (ahead === 1 && !constantTimeEqual(offered.list.previous, await deviceListHash(pinned.encoded)))
    throw new AccountError('account/list-forged');
  return { ...offered, since: again?.since ?? now };
}

/**
 * What stays offered once a list of the pinned key came. It goes only when that list is as new: whoever still signs with
 * the pinned key did not give it up. An older one proves nothing, it may be kept back from us.
 */
export function offeredAfter(
  offered: OfferedList | undefined,
  list: VerifiedDeviceList,
): OfferedList | undefined {
  return offered && list.list.version >= offered.list.version ? undefined : offered;
}

/** The account key that a list names; undefined where it can't be read. */
function identityOf(encoded: Uint8Array): Uint8Array | undefined {
  try {
    return decodeSignedDeviceList(encoded).list.identity;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
