import { setTimeout as wait } from 'node:timers/promises';
import { quantile, round } from '../../client/quantile.js';
import type { ServerProcess } from '../servers/server-process.js';
import type { Wire } from '../wires/wire.js';
import { ROOMS } from './fan-out.js';
import { closeRooms, openRooms } from './rooms.js';

const UPDATES_PER_S = 100;
const TICK_MS = 1;

export interface Replicas {
  /** From the call that sends on one server to the parsed message on a socket of the other, which learns of it by the store's feed. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The first member of every room writes on one server, the others listen on another over the same store: 100 updates/s in all rooms together. */
export async function measureReplicas(
  wire: Wire,
  one: ServerProcess,
  other: ServerProcess,
  seconds: number,
): Promise<Replicas> {
  const sentAt: number[] = [];
  const delays: number[] = [];
  const rooms = await openRooms(
    wire,
    (member) => (member === 0 ? one : other).port,
    ROOMS,
    () => ({ seen: (number) => delays.push(performance.now() - sentAt[number]!) }),
  );
  const from = performance.now();
  for (let past = 0; past < seconds * 1_000; past = performance.now() - from) {
    const due = Math.floor((past * UPDATES_PER_S) / 1_000);
    while (sentAt.length < due) {
      const number = sentAt.push(performance.now()) - 1;
      rooms[number % ROOMS]![0]!.send(number);
    }
    await wait(TICK_MS);
  }
  await wait(2_000);
  closeRooms(rooms);
  if (delays.length === 0) throw new Error('nothing reached the other server');
  return { p50Ms: round(quantile(delays, 0.5), 2), p99Ms: round(quantile(delays, 0.99), 2) };
}
