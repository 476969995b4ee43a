import type { AccountId, DeviceId } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import { type AccountVersion, versionBefore } from '../records/account-versions.js';
import type { Sessions } from '../sessions/sessions.js';
import { announceList, heldList, isListed } from './device-lists.js';
import { dropPreKeys } from './pre-keys.js';

/**
 * What follows from a version whose list may name fewer devices: others hear of the list, sessions of devices that it does not
 * name end, their pre-keys go. Doing it again changes nothing; a server that died before is made up for by the repeated
 * request, and by the refresh of a session asking whether its device is listed.
 */
export async function followList(
  claims: ClaimStore,
  sessions: Sessions,
  account: AccountId,
  now: AccountVersion,
): Promise<void> {
  const list = heldList(now.parts);
  // First what takes access away.
  await sessions.endOf(account, ({ device }) => device !== undefined && !isListed(list, device));
  await announceList(claims, list);
  const before = await versionBefore(claims, account, now);
  const gone = before ? heldList(before.parts).list.devices.filter(({ id }) => !isListed(list, id)) : [];
  for (const { id } of gone) await dropPreKeys(claims, id as DeviceId);
}
