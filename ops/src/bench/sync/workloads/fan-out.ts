import { setTimeout as wait } from 'node:timers/promises';
import { quantile, round } from '../../client/quantile.js';
import type { ServerProcess } from '../servers/server-process.js';
import type { Wire } from '../wires/wire.js';
import { closeRooms, MEMBERS, openRooms } from './rooms.js';

export const ROOMS = 50;
/** Members who receive what one writes. */
const OTHERS = MEMBERS - 1;
const UPDATES_PER_S = 20;
const IN_FLIGHT = 8;
const TICK_MS = 1;
/** Envelopes that one run can number. */
const MOST = 4_000_000;

export interface FanOutA {
  /** CPU seconds of the server for 10,000 deliveries. */
  readonly cpuPer10k: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface FanOutB {
  readonly perS: number;
  readonly cpuPer10k: number;
}

/** Workload A: a steady 20 updates a second in each of 50 rooms of 4, whatever the server does. */
export async function measureA(wire: Wire, server: ServerProcess, seconds: number): Promise<FanOutA> {
  const sentAt = new Float64Array(MOST);
  let [delays, delivered, sent]: [number[], number, number] = [[], 0, 0];
  const rooms = await openRooms(wire, server.port, ROOMS, () => ({
    seen(number) {
      delivered += 1;
      delays.push(performance.now() - sentAt[number]!);
    },
  }));
  const drive = async (forMs: number) => {
    const [from, first] = [performance.now(), sent];
    for (let past = 0; past < forMs; past = performance.now() - from) {
      const due = first + Math.floor((past * ROOMS * UPDATES_PER_S) / 1_000);
      for (; sent < due; sent += 1) {
        sentAt[sent] = performance.now();
        rooms[sent % ROOMS]![Math.floor(sent / ROOMS) % MEMBERS]!.send(sent);
      }
      await wait(TICK_MS);
    }
    await until(() => delivered >= sent * OTHERS, 'everything delivered');
  };
  await drive(1_500);
  const [before, counted] = [server.cpuS, delivered];
  delays = [];
  await drive(seconds * 1_000);
  const cpu = server.cpuS - before;
  closeRooms(rooms);
  return {
    cpuPer10k: round((cpu / (delivered - counted)) * 10_000, 3),
    p50Ms: round(quantile(delays, 0.5), 2),
    p99Ms: round(quantile(delays, 0.99), 2),
  };
}

/** Workload B: closed loop. Eight envelopes of each room are on their way at any time; the next one goes when one has reached everybody. */
export async function measureB(wire: Wire, server: ServerProcess, seconds: number): Promise<FanOutB> {
  const reached = new Uint8Array(MOST);
  let [delivered, sent, going] = [0, 0, true];
  const send = (room: number) => {
    const number = sent * ROOMS + room;
    sent += 1;
    rooms[room]![sent % MEMBERS]!.send(number);
  };
  const rooms = await openRooms(wire, server.port, ROOMS, (room) => ({
    seen(number) {
      delivered += 1;
      reached[Math.floor(number / ROOMS)]! += 1;
      if (going && reached[Math.floor(number / ROOMS)] === OTHERS) send(room);
    },
  }));
  for (let room = 0; room < ROOMS; room += 1) for (let slot = 0; slot < IN_FLIGHT; slot += 1) send(room);
  await wait(1_500);
  const [before, counted, from] = [server.cpuS, delivered, performance.now()];
  await wait(seconds * 1_000);
  const [cpu, count, took] = [server.cpuS - before, delivered - counted, performance.now() - from];
  going = false;
  await until(() => delivered >= sent * OTHERS, 'everything delivered');
  closeRooms(rooms);
  return { perS: Math.round(count / (took / 1_000)), cpuPer10k: round((cpu / count) * 10_000, 3) };
}

const PATIENCE_MS = 30_000;

async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never ${what}`);
    await wait(5);
  }
}
