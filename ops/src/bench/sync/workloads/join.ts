import { setTimeout as wait } from 'node:timers/promises';
import { round } from '../../client/quantile.js';
import type { ServerProcess } from '../servers/server-process.js';
import type { Wire } from '../wires/wire.js';

/** Entries of the rooms that are joined, by their place. */
export const HISTORIES = [1_000, 10_000, 100_000] as const;

export interface Join {
  /** Opening a conversation until its newest segment is here; without segments that takes all of it. */
  readonly newest1kMs: number;
  readonly newest100kMs: number;
  readonly all10kColdMs: number;
  readonly all100kColdMs: number;
  /** Most memory that the server took for 100,000 entries above what it had before. */
  readonly rssGrowMiB: number;
}

const PATIENCE_MS = 120_000;

/** Each history is read by the first who comes to a server that has just been started. */
export async function measureJoin(
  wire: Wire,
  start: () => Promise<ServerProcess>,
  newest: (room: number) => number,
): Promise<Join> {
  const cold = async (room: number, what: 'newest' | 'all', count: number) => {
    const server = await start();
    const before = await server.settledKiB();
    server.forgetPeak();
    const ms = await readRoom(wire, server, room, what, count);
    const growMiB = (server.peakKiB - before) / 1_024;
    await server.kill();
    return { ms: round(ms), growMiB: round(growMiB) };
  };
  const all10k = await cold(1, 'all', HISTORIES[1]);
  const all100k = await cold(2, 'all', HISTORIES[2]);
  return {
    newest1kMs: (await cold(0, 'newest', newest(0))).ms,
    newest100kMs: (await cold(2, 'newest', newest(2))).ms,
    all10kColdMs: all10k.ms,
    all100kColdMs: all100k.ms,
    rssGrowMiB: all100k.growMiB,
  };
}

/** From the first byte about the room to the last of its entries. A device of Sotto has its socket and was welcomed; elsewhere the socket is the room's. */
async function readRoom(
  wire: Wire,
  server: ServerProcess,
  room: number,
  what: 'newest' | 'all',
  count: number,
): Promise<number> {
  let seen = 0;
  let from = performance.now();
  let at = 0;
  const hearing = {
    seen() {
      seen += 1;
      if (seen === count) at = performance.now();
    },
  };
  const member = await wire.join(server.port, room, 0, hearing);
  if (wire.acknowledges) from = performance.now();
  await member.read(what);
  const end = performance.now() + PATIENCE_MS;
  while (at === 0) {
    if (performance.now() > end) throw new Error(`${seen} of ${count} entries came`);
    await wait(1);
  }
  member.close();
  return at - from;
}
