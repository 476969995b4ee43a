import type { DeviceId } from '@sotto/protocol';
import { isBounded } from '../../conversation/departures.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';

/**
 * Devices that were taken off this account's list and can still be believed here: those that this device removed, and those that
 * spoke here or could have.
 */
export function unbounded({ owedBounds, people, self }: DeviceContext, room: Room): DeviceId[] {
  const { meaning } = room;
  const list = people.atHand(self.account)?.list.list;
  if (!meaning || !list) return [];
  const { account } = self;
  const owed = owedBounds.of(room.id);
  const spoke = room.chains.all().filter((chain) => chain.account === account);
  const here = new Set(list.devices.map(({ id }) => id));
  return [...new Set([...owed, ...spoke.map(({ device }) => device)])].filter(
    (device) => !here.has(device) && !isBounded(meaning, { account, device }),
  );
}
