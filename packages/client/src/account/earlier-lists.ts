import { constantTimeEqual } from '../crypto/index.js';
import { deviceListHash, type VerifiedDeviceList, verifyDeviceList } from './device-list.js';
import { AccountError } from './errors.js';

/** Lists read back at most. Who changed more often is known by the devices of the latest. */
const MOST = 512;

/**
 * All lists of an account before a verified one, latest first. Each is signed by the account key that it names and is the
 * one whose hash the next names: so whoever made the verified list vouches for all of them.
 * @param ask some lists from a version downwards
 * @throws AccountError `account/list-forged`; what `ask` throws
 */
export async function earlierLists(
  from: VerifiedDeviceList,
  ask: (version: number) => Promise<readonly Uint8Array[]>,
): Promise<VerifiedDeviceList[]> {
  const earlier: VerifiedDeviceList[] = [];
  let next = from;
  while (next.list.version > 1 && earlier.length < MOST) {
    const told = await ask(next.list.version - 1);
    if (told.length === 0) throw new AccountError('account/list-forged');
    for (const encoded of told) {
      // More than was asked for is no list of theirs.
      if (next.list.version <= 1) throw new AccountError('account/list-forged');
      next = await before(next, encoded);
      earlier.push(next);
    }
  }
  return earlier;
}

async function before(next: VerifiedDeviceList, encoded: Uint8Array): Promise<VerifiedDeviceList> {
  if (!constantTimeEqual(next.list.previous, await deviceListHash(encoded)))
    throw new AccountError('account/list-forged');
  const list = await verifyDeviceList(encoded, { account: next.list.account });
  if (list.list.version !== next.list.version - 1) throw new AccountError('account/list-forged');
  return list;
}
