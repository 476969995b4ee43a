import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { standingOf } from '../room/standing.js';
import type { Rooms } from './rooms.js';

/** What was read on one device of the account is read on all: by receipts, and where strangers would hear those, by the account log. */
export class OwnReading {
  readonly #context: DeviceContext;
  readonly #rooms: Rooms;

  constructor(context: DeviceContext, rooms: Rooms) {
    this.#context = context;
    this.#rooms = rooms;
  }

  /** Something was read here. */
  async note(room: Room): Promise<void> {
    const { accountLog, connection, guard, sendPosts } = this.#context;
    if (standingOf(this.#context, room) === 'accepted') return;
    const read = room.history.marks.list().filter((mark) => mark.read >= 0);
    await accountLog.setRead(
      room.id,
      read.map(({ device, generation, read: seq }) => ({ device, generation, seq })),
    );
    if (connection.state === 'online') guard(() => sendPosts(accountLog.log));
  }

  /** The account log has changed. */
  async heed(): Promise<void> {
    const marks = this.#context.accountLog.readMarks();
    if (marks.size === 0) return;
    for (const { room } of await this.#rooms.loaded()) await room.readElsewhere(marks.get(room.id) ?? []);
  }
}
