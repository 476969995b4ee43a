import type { ConversationId } from '@sotto/protocol';
import type { RequestRecord } from '../../conversation/request-record.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Answering } from '../repair/answering.js';
import type { Asking } from '../repair/asking.js';
import { type Address, lostSessions, WAITS } from '../repair/lost-sessions.js';
import type { Room } from '../room/room.js';
import type { Change } from '../room/room-chains.js';
import type { Rooms } from './rooms.js';

/** Keys that went astray, on an open device: asked for here, and given again to whoever asks. */
export class KeyRepair {
  readonly #context: DeviceContext;
  readonly #rooms: () => Rooms;
  readonly #overdue: (waiting: ReadonlyMap<ConversationId, number>) => void;
  /** Loaded when something waits. */
  #asking: Asking | undefined;
  #loading: Promise<Asking> | undefined;
  #stopped = false;
  /** Loaded when somebody asks. */
  #answering: Answering | undefined;

  /** @param overdue envelopes have waited for their keys for too long, by conversation */
  constructor(
    context: DeviceContext,
    rooms: () => Rooms,
    overdue: (waiting: ReadonlyMap<ConversationId, number>) => void,
  ) {
    this.#context = context;
    this.#rooms = rooms;
    this.#overdue = overdue;
  }

  /** Takes up what the last process left. */
  async begin(): Promise<void> {
    const { keys, messages } = this.#context;
    const isLeft = (await lostSessions(keys)).length > 0 || (await messages.records(WAITS)).length > 0;
    if (isLeft) await this.#loaded();
  }

  /** A room changed: what waits in it may be another. */
  roomChanged(room: Room): void {
    if (this.#asking) this.#asking.roomChanged(room);
    else if (room.history.waiting.length > 0) this.#then((asking) => asking.roomChanged(room));
  }

  /** A record of this device did not open, which the key store remembers. */
  lost(address: Address): void {
    this.#then((asking) => asking.lost(address));
  }

  /** A connection begins. */
  online(): void {
    this.#asking?.online();
  }

  stop(): void {
    this.#stopped = true;
    this.#asking?.stop();
  }

  #then(work: (asking: Asking) => void): void {
    this.#context.guard(async () => work(await this.#loaded()));
  }

  #loaded(): Promise<Asking> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #load(): Promise<Asking> {
    const { Asking, countWaiting } = await import('../repair/asking.js');
    const asking = new Asking({
      context: this.#context,
      members: (id) => this.#rooms().membersOf(id),
      read: async (id) => {
        const open = await this.#rooms().get(id);
        await open?.room.open();
      },
      overdue: (waiting) => this.#overdue(countWaiting(waiting)),
    });
    await asking.begin();
    if (this.#stopped) asking.stop();
    this.#asking = asking;
    return asking;
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
