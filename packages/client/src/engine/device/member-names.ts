import type { AccountId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { isAccountError } from '../../account/errors.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';

/** Looks up whoever a room tells of, so that they can be named. @returns whether somebody was not at hand before */
export async function learnNames({ people, connection }: DeviceContext, room: Room): Promise<boolean> {
  const told = room.state.fold.effective.flatMap(({ event, concerned }) => [event.account, ...concerned]);
  let learnt = false;
  for (const account of new Set<AccountId>([...room.members, ...told])) {
    if (people.atHand(account)) continue;
    learnt ||= (await people.known(account)) !== undefined;
    if (people.atHand(account) || connection.state !== 'online') continue;
    try {
      await people.fresh(account);
      learnt = true;
    } catch (error) {
      // Whoever can't be looked up now stays without a name.
      if (!isAccountError(error) && !(error instanceof ProtocolError)) throw error;
    }
  }
  return learnt;
}
