import { setTimeout as wait } from 'node:timers/promises';
import { quantile, round } from '../../client/quantile.js';
import type { ServerProcess } from '../servers/server-process.js';
import type { SottoWire } from '../wires/sotto-wire.js';
import { MEMBERS } from './rooms.js';

/** Devices that fetch their cursors at once, before the interruption. */
const FETCHING = 32;
/** Tables of who wrote lately are read when a server starts; a device that came before would be told to compare everything. */
const READY_MS = 2_000;

export interface Returning {
  /** From the moment at which all come back until the last one is welcomed and knows what it missed. */
  readonly allServedMs: number;
  readonly p50Ms: number;
  /** Most resident memory meanwhile, above that before. */
  readonly peakGrowMiB: number;
  /** Of it what stays, for each of them. */
  readonly kibPerConn: number;
  /** Times that one was told to come back later. */
  readonly sentBack: number;
  /** CPU seconds of the server for 10,000. */
  readonly cpuPer10k: number;
}

/** Every member of every room has a cursor and is connected when the server is killed; it is started again, and all of them come at the same moment. */
export async function measureReturning(
  wire: SottoWire,
  start: () => Promise<ServerProcess>,
): Promise<Returning> {
  const devices = wire.rooms.flatMap((_, room) =>
    Array.from({ length: MEMBERS }, (_, member) => ({
      room,
      member,
      cursor: new Uint8Array() as Uint8Array,
    })),
  );
  const first = await start();
  await wait(READY_MS);
  let next = 0;
  const fetch = async () => {
    for (let device = devices[next++]; device; device = devices[next++])
      device.cursor = await wire.cursorOf(first.port, device.room, device.member);
  };
  await Promise.all(Array.from({ length: FETCHING }, fetch));
  await first.kill('SIGKILL');

  const server = await start();
  await wait(READY_MS);
  const [before, cpu] = [await server.settledKiB(), server.cpuS];
  server.forgetPeak();
  const from = performance.now();
  const served: number[] = [];
  let sentBack = 0;
  const returned = await Promise.all(
    devices.map(async ({ room, member, cursor }) => {
      for (let tries = 0; ; tries += 1) {
        const came = await wire.comeBack(server.port, room, member, cursor);
        if ('socket' in came) {
          served.push(performance.now() - from);
          return came.socket;
        }
        sentBack += 1;
        await wait(came.returnMs ?? backOffMs(tries));
      }
    }),
  );
  const [used, peak, after] = [server.cpuS - cpu, server.peakKiB, await server.settledKiB()];
  for (const socket of returned) socket.terminate();
  return {
    allServedMs: round(Math.max(...served)),
    p50Ms: round(quantile(served, 0.5)),
    peakGrowMiB: round((peak - before) / 1_024),
    kibPerConn: round((after - before) / devices.length),
    sentBack,
    cpuPer10k: round((used / devices.length) * 10_000, 2),
  };
}

/** As devices do: the longer the oftener they tried, each another time. */
function backOffMs(tries: number): number {
  return Math.random() * Math.min(30_000, 1_000 * 2 ** tries);
}
