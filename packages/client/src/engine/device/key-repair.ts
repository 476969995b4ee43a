import type { ConversationId } from '@sotto/protocol';
import type { DeviceContext } from '../context/device-context.js';
import { Answering } from '../repair/answering.js';
import { Asking } from '../repair/asking.js';
import { countWaiting } from '../repair/waiting-keys.js';
import type { Rooms } from './rooms.js';

/** Keys that went astray, on an open device: asked for here, and given again to whoever asks. */
export class KeyRepair {
  readonly asking: Asking;
  readonly answering: Answering;

  /** @param overdue envelopes have waited for their keys for too long, by conversation */
  constructor(
    context: DeviceContext,
    rooms: () => Rooms,
    overdue: (waiting: ReadonlyMap<ConversationId, number>) => void,
  ) {
    this.asking = new Asking({
      context,
      members: (id) => rooms().membersOf(id),
      read: async (id) => {
        const open = await rooms().get(id);
        await open?.room.open();
      },
      overdue: (waiting) => overdue(countWaiting(waiting)),
    });
    this.answering = new Answering({ context, room: (id) => rooms().get(id) });
  }
}
