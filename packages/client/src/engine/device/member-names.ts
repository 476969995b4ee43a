import type { AccountId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { isAccountError } from '../../account/errors.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';

/** Looks up whoever a room tells of, so that they can be named. @returns whether somebody was not at hand before */
export async function learnNames({ people, connection }: DeviceContext, room: Room): Promise<boolean> {
  const told = room.state.fold.effective.flatMap(({ event, concerned }) => [event.account, ...concerned]);
  const wanted = [...new Set<AccountId>([...room.members, ...told])].filter(
    (account) => !people.atHand(account),
  );
  const known = await Promise.all(wanted.map((account) => people.known(account)));
  const learnt = await Promise.all(
    wanted.map((account, index) => known[index] !== undefined || learn({ people, connection }, account)),
  );
  return learnt.some(Boolean);
}

async function learn(
  { people, connection }: Pick<DeviceContext, 'people' | 'connection'>,
  account: AccountId,
): Promise<boolean> {
  if (connection.state !== 'online') return false;
  try {
    await people.fresh(account);
    return true;
  } catch (error) {
    // Whoever can't be looked up now stays without a name.
    if (!isAccountError(error) && !(error instanceof ProtocolError)) throw error;
    return false;
  }
}
