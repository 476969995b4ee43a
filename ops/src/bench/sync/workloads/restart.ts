import { setTimeout as wait } from 'node:timers/promises';
import type { ServerProcess } from '../servers/server-process.js';
import type { Wire } from '../wires/wire.js';
import { ROOMS } from './fan-out.js';
import { closeRooms, MEMBERS, openRooms } from './rooms.js';

const UPDATES_PER_S = 4_000;
const TICK_MS = 1;
const SETTLE_MS = 3_000;
/** What has not come by then, after the last that came, is lost. */
const QUIET_MS = 4_000;

export interface Restart {
  /** Envelopes of which the writer, or where the server says nothing of it another member, knew that the server had them. */
  readonly acked: number;
  /** Those of them that the server did not have when it was started again. */
  readonly lost: number;
}

/** Kills a server without warning while 4,000 updates a second are written, starts it again, and asks for everything. */
export async function measureRestart(
  wire: Wire,
  start: () => Promise<ServerProcess>,
  seconds: number,
): Promise<Restart> {
  const server = await start();
  const known = new Set<number>();
  const learn = (number: number) => known.add(number);
  const rooms = await openRooms(wire, server.port, ROOMS, () =>
    wire.acknowledges ? { acknowledged: learn } : { seen: learn },
  );
  // What a server does when its rooms are opened is done by then.
  await wait(SETTLE_MS);
  const [from, end] = [performance.now(), performance.now() + seconds * 1_000];
  let sent = 0;
  while (performance.now() < end) {
    const due = Math.floor(((performance.now() - from) * UPDATES_PER_S) / 1_000);
    for (; sent < due; sent += 1) rooms[sent % ROOMS]![Math.floor(sent / ROOMS) % MEMBERS]!.send(sent);
    await wait(TICK_MS);
  }
  // In the middle of it: much is on its way.
  await server.kill('SIGKILL');
  closeRooms(rooms);
  const acked = known.size;
  const restarted = await start();
  await readAgain(wire, restarted, known);
  await restarted.kill();
  return { acked, lost: known.size };
}

/** Takes out of `known` what is still there. */
async function readAgain(wire: Wire, server: ServerProcess, known: Set<number>): Promise<void> {
  let heard = performance.now();
  const readers = [];
  for (let room = 0; room < ROOMS; room += 1) {
    const seen = (number: number) => {
      known.delete(number);
      heard = performance.now();
    };
    const reader = await wire.join(server.port, room, 0, { seen });
    readers.push(reader);
    await reader.read('all');
  }
  while (known.size > 0 && performance.now() - heard < QUIET_MS) await wait(20);
  closeRooms([readers]);
}
