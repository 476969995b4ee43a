import type { Hearing, Member, Wire } from '../wires/wire.js';

/** Members of every room. */
export const MEMBERS = 4;
/** Sockets that are being opened at once. */
const AT_ONCE = 32;

/** Opens all members of so many rooms; the rooms are prepared. @param hearing of one member */
export async function openRooms(
  wire: Wire,
  port: number | ((member: number) => number),
  rooms: number,
  hearing: (room: number, member: number) => Hearing,
): Promise<Member[][]> {
  const opened: Member[][] = Array.from({ length: rooms }, () => []);
  let next = 0;
  const open = async () => {
    while (next < rooms * MEMBERS) {
      const [room, member] = [Math.floor(next / MEMBERS), next % MEMBERS];
      next += 1;
      opened[room]![member] = await wire.join(
        typeof port === 'number' ? port : port(member),
        room,
        member,
        hearing(room, member),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, open));
  return opened;
}

export function closeRooms(rooms: readonly (readonly Member[])[]): void {
  for (const member of rooms.flat()) member.close();
}
