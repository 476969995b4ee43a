import { round } from '../../client/quantile.js';
import type { ServerProcess } from '../servers/server-process.js';
import type { Wire } from '../wires/wire.js';
import { closeRooms, MEMBERS, openRooms } from './rooms.js';

export interface Idle {
  /** Resident memory of the server for a connection that is in its room and silent. */
  readonly kibPerConn: number;
  /** Connections opened and let into their rooms a second. */
  readonly perS: number;
  /** CPU seconds of the server for opening 10,000. */
  readonly cpuPer10k: number;
}

/** Opens so many connections as fast as they can be opened, then looks at what they cost. */
export async function measureIdle(wire: Wire, server: ServerProcess, connections: number): Promise<Idle> {
  const [before, cpu, from] = [await server.settledKiB(), server.cpuS, performance.now()];
  const rooms = await openRooms(wire, server.port, connections / MEMBERS, () => ({}));
  const [took, used] = [performance.now() - from, server.cpuS - cpu];
  const after = await server.settledKiB();
  closeRooms(rooms);
  return {
    kibPerConn: round((after - before) / connections),
    perS: Math.round(connections / (took / 1_000)),
    cpuPer10k: round((used / connections) * 10_000, 2),
  };
}
