import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { documentName, feedRoot, LIMITS, type LogRecord } from '@sotto/protocol';
import type { Stores } from '@sotto/store';
import type { Place } from '../servers/place.js';
import type { ServerProcess } from '../servers/server-process.js';
import { numberedRecord } from '../wires/envelopes.js';
import { withStores } from '../wires/sotto-people.js';
import type { SottoWire } from '../wires/sotto-wire.js';
import type { Wire } from '../wires/wire.js';
import { HISTORIES } from './join.js';
import { MEMBERS } from './rooms.js';

/** Updates on their way while a history is written. */
const IN_FLIGHT = 200;

/** Writes the histories into the stores of a Sotto that does not run, as its devices would have: its pace allows a device 256 a second. */
export async function storeHistories(wire: SottoWire, place: Place): Promise<void> {
  await withStores(place, async (stores) => {
    for (const room of HISTORIES.keys()) await storeHistory(stores, wire, room);
  });
}

async function storeHistory({ log }: Stores, wire: SottoWire, room: number): Promise<void> {
  const { log: name, people } = wire.rooms[room]!;
  const writers = people.map(({ device }) => ({ device, client: randomBytes(6).readUIntBE(0, 6) }));
  const count = HISTORIES[room]!;
  for (let first = 0; first < count; first += LIMITS.segmentSoft) {
    const document = documentName(name, first / LIMITS.segmentSoft);
    const records: LogRecord[] = [];
    for (let number = first; number < Math.min(count, first + LIMITS.segmentSoft); number += 1) {
      const { device, client } = writers[number % MEMBERS]!;
      const clock = Math.floor((number - first) / MEMBERS);
      records.push(numberedRecord(document, { root: feedRoot(device, client), client, clock }, number));
    }
    await log.append(records);
  }
}

/** Envelopes in the newest segment of a room. */
export function newestOf(room: number): number {
  return HISTORIES[room]! % LIMITS.segmentSoft;
}

/** Writes the histories by way of a server, and waits until it has put away what it keeps. */
export async function writeHistories(wire: Wire, server: ServerProcess): Promise<void> {
  for (const [room, count] of HISTORIES.entries()) {
    let seen = 0;
    const reader = await wire.join(server.port, room, 0, {
      seen() {
        seen += 1;
      },
    });
    const writer = await wire.join(server.port, room, 1, {});
    for (let sent = 0; seen < count; ) {
      for (; sent < Math.min(count, seen + IN_FLIGHT); sent += 1) writer.send(sent);
      await wait(1);
    }
    reader.close();
    writer.close();
  }
  for (let before = -1; server.cpuS - before > 0.05; ) {
    before = server.cpuS;
    await wait(3_000);
  }
}
