import type { ConversationId } from '@sotto/protocol';
import type { RequestRecord } from '../../conversation/request-record.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Answering } from '../repair/answering.js';
import { Asking } from '../repair/asking.js';
import type { Address } from '../repair/lost-sessions.js';
import { countWaiting } from '../repair/waiting-keys.js';
import type { Change } from '../room/room-chains.js';
import type { Rooms } from './rooms.js';

/** Keys that went astray, on an open device: asked for here, and given again to whoever asks. */
export class KeyRepair {
  readonly asking: Asking;
  readonly #context: DeviceContext;
  readonly #rooms: () => Rooms;
  /** Loaded when somebody asks. */
  #answering: Answering | undefined;

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
    this.#context = context;
    this.#rooms = rooms;
  }

  /** Somebody asks for keys. Nothing is written with the request: whoever asked and got no answer asks again. */
  asked(from: Address, request: RequestRecord): Change {
    return { writes: [], done: () => this.#context.guard(() => this.#answer(from, request)) };
  }

  async #answer(from: Address, request: RequestRecord): Promise<void> {
    const { Answering } = await import('../repair/answering.js');
    const room = (id: ConversationId) => this.#rooms().get(id);
    this.#answering ??= new Answering({ context: this.#context, room });
    await this.#answering.answer(from, request);
  }
}
