import type { ConversationId } from '@sotto/protocol';
import { isConversationError } from '../../conversation/errors.js';
import type { RemovalRecord } from '../../conversation/removal-record.js';
import { readStateEvent } from '../../conversation/state-signature.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import type { Change } from '../room/room-chains.js';
import type { Sender } from './inbox-reader.js';
import type { Rooms } from './rooms.js';

const NOTHING: Change = { writes: [], done: () => {} };
const key = (id: ConversationId): string => `farewell/${id}`;

/** Keeps by whom this account was taken out, where that is so by all that is here. It shows once the server says so too. */
export async function takeFarewell(
  context: DeviceContext,
  rooms: Rooms,
  from: Sender,
  { conversation, event }: RemovalRecord,
): Promise<Change> {
  const room = (await rooms.get(conversation))?.room;
  if (!room || !isFrom(from, event)) return NOTHING;
  const farewell = await room.state.wouldTakeOut(event, context.self.account);
  if (!farewell) return NOTHING;
  return {
    writes: [{ key: key(conversation), value: new Uint8Array(event) }],
    done: () => {
      room.farewell = farewell;
      context.guard(() => room.alone(() => room.settle()));
    },
  };
}

/** What was kept of it before. */
export async function recallFarewell({ keys, self }: DeviceContext, room: Room): Promise<void> {
  const event = await keys.get(key(room.id));
  if (event) room.farewell = await room.state.wouldTakeOut(event, self.account);
}

function isFrom({ account, device }: Sender, signed: Uint8Array): boolean {
  try {
    const { event } = readStateEvent(signed);
    return event.account === account && event.device === device;
  } catch (error) {
    if (!isConversationError(error)) throw error;
    return false;
  }
}
