import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuSeconds } from '../client/cpu-seconds.js';
import { medians, type SyncResult, sums } from './result.js';
import { peersInstalled } from './servers/peer-module.js';
import { freshPrefix, type Place, removePlace } from './servers/place.js';
import type { ServerName } from './servers/serve.js';
import { ServerProcess } from './servers/server-process.js';
import { sottoKeys } from './wires/sotto-people.js';
import { SottoWire } from './wires/sotto-wire.js';
import type { Wire } from './wires/wire.js';
import { YjsWire } from './wires/yjs-wire.js';
import { measureA, measureB, ROOMS } from './workloads/fan-out.js';
import { newestOf, storeHistories, writeHistories } from './workloads/histories.js';
import { measureIdle } from './workloads/idle.js';
import { HISTORIES, measureJoin } from './workloads/join.js';
import { measureReplicas } from './workloads/replicas.js';
import { measureRestart } from './workloads/restart.js';
import { measureReturning } from './workloads/returning.js';
import { MEMBERS } from './workloads/rooms.js';

export type Workload = keyof SyncResult;
export const WORKLOADS: readonly Workload[] = [
  ...(['fanoutA', 'fanoutB', 'join', 'idle', 'restart'] as const),
  ...(['replicas', 'returning'] as const),
];
/** Those of Sotto alone: no other server has replicas or cursors. */
const OWN: readonly Workload[] = ['replicas', 'returning'];

export interface Options {
  readonly servers: readonly ServerName[];
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  /** Of A and B, each round. */
  readonly seconds: number;
  readonly connections: number;
  /** Node's flags of Sotto's server process. */
  readonly flags: readonly string[];
}

/** What can be measured here: those from npm where they are installed. */
export function serversHere(): ServerName[] {
  return [
    'sotto',
    ...(process.env.COUCHDB_URL ? (['sotto-couchdb'] as const) : []),
    'relay',
    ...(peersInstalled() ? (['yws', 'yws-leveldb', 'hocuspocus-sqlite'] as const) : []),
  ];
}

/** Nothing is stored, or nothing that outlives the process: there is nothing to join cold. */
const FORGETFUL: readonly ServerName[] = ['relay', 'yws'];

function wireOf(name: ServerName): Wire {
  if (isSotto(name)) return new SottoWire();
  return new YjsWire({ named: name === 'hocuspocus-sqlite', mute: name === 'relay' });
}

function isSotto(name: ServerName): boolean {
  return name === 'sotto' || name === 'sotto-couchdb';
}

/** One server in a place of its own, which is gone afterwards. */
class Trial {
  readonly wire: Wire;
  /** Others use the same place. */
  isKept = false;
  readonly #servers: ServerProcess[] = [];

  constructor(
    readonly name: ServerName,
    readonly place: Place,
    readonly flags: readonly string[],
    wire = wireOf(name),
  ) {
    this.wire = wire;
  }

  readonly start = async (): Promise<ServerProcess> => {
    await mkdir(this.place.folder, { recursive: true });
    const order = { name: this.name, place: this.place, keys: sottoKeys };
    const server = await ServerProcess.start(order, isSotto(this.name) ? this.flags : []);
    this.#servers.push(server);
    return server;
  };

  async end(): Promise<void> {
    // With SIGTERM a server that is being profiled writes down what was seen.
    for (const server of this.#servers) await server.kill(this.flags.length > 0 ? 'SIGTERM' : 'SIGKILL');
    if (!this.isKept) await removePlace(this.place);
  }
}

/** Measures every workload of every server, alternately, so that what else the machine does meets all of them. */
export async function measureSync(options: Options, say: (step: string) => void): Promise<SyncResult> {
  const base = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  const result: Record<Workload, Record<string, object>> = {
    fanoutA: {},
    fanoutB: {},
    join: {},
    idle: {},
    restart: {},
    replicas: {},
    returning: {},
  };
  try {
    for (const workload of WORKLOADS.filter((name) => options.workloads.includes(name))) {
      const servers = options.servers.filter((name) => measures(workload, name));
      const rounds = await runWorkload(workload, servers, base, options, say);
      for (const [name, figures] of rounds)
        result[workload][name] = workload === 'restart' ? sums(figures as never) : medians(figures);
    }
  } finally {
    await rm(base, { recursive: true, force: true });
  }
  return result as SyncResult;
}

function measures(workload: Workload, name: ServerName): boolean {
  if (workload === 'replicas') return name === 'sotto-couchdb';
  if (OWN.includes(workload)) return isSotto(name);
  if (workload === 'join') return !FORGETFUL.includes(name);
  return workload !== 'restart' || name !== 'relay';
}

async function runWorkload(
  workload: Workload,
  servers: readonly ServerName[],
  base: string,
  options: Options,
  say: (step: string) => void,
): Promise<Map<ServerName, object[]>> {
  const figures = new Map<ServerName, object[]>(servers.map((name) => [name, []]));
  const histories = new Map<ServerName, Trial>();
  if (workload === 'join') for (const name of servers) histories.set(name, await makeHistories(name, base));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const name of servers) {
      const trial = await makeTrial(
        name,
        join(base, `${name}-${workload}-${round}`),
        options,
        histories.get(name),
      );
      const before = couchSeconds();
      const figure = await runTrial(workload, trial, options).finally(() => trial.end());
      if (name === 'sotto-couchdb' && before !== undefined)
        say(`CouchDB itself, from set-up to removal: ${(couchSeconds()! - before).toFixed(1)} CPU s`);
      say(`${workload} ${name} ${round}/${options.rounds}: ${JSON.stringify(figure)}`);
      figures.get(name)!.push(figure);
    }
  }
  for (const { place } of histories.values()) await removePlace(place);
  return figures;
}

/** CPU seconds of CouchDB's processes, where they were named. */
function couchSeconds(): number | undefined {
  const pids = (process.env.COUCHDB_PIDS ?? '').split(',').filter(Boolean).map(Number);
  return pids.length > 0 ? pids.reduce((sum, pid) => sum + (cpuSeconds(pid) ?? 0), 0) : undefined;
}

function placeOf(name: ServerName, folder: string): Place {
  return { folder, ...(name === 'sotto-couchdb' && { couch: freshPrefix() }) };
}

/** @param history what the server finds when it starts: a copy of its own, where it is files */
async function makeTrial(
  name: ServerName,
  folder: string,
  options: Options,
  history?: Trial,
): Promise<Trial> {
  if (!history) return new Trial(name, placeOf(name, folder), options.flags);
  const trial = new Trial(name, { ...history.place, folder }, options.flags, history.wire);
  await cp(history.place.folder, folder, { recursive: true });
  trial.isKept = history.place.couch !== undefined;
  return trial;
}

async function runTrial(workload: Workload, trial: Trial, options: Options): Promise<object> {
  const { wire, place, start } = trial;
  if (workload === 'join') {
    // A server without segments has no newest one.
    return measureJoin(wire, start, (room) => (wire.acknowledges ? newestOf(room) : HISTORIES[room]!));
  }
  const isMany = workload === 'idle' || workload === 'returning';
  const rooms = isMany ? options.connections / MEMBERS : ROOMS;
  await wire.prepare(place, rooms, MEMBERS);
  switch (workload) {
    case 'fanoutA':
      return measureA(wire, await start(), options.seconds);
    case 'fanoutB':
      return measureB(wire, await start(), options.seconds);
    case 'idle':
      return measureIdle(wire, await start(), options.connections);
    case 'restart':
      return measureRestart(wire, start, Math.min(options.seconds, 4));
    case 'replicas':
      return measureReplicas(wire, await start(), await start(), options.seconds);
    case 'returning':
      return measureReturning(wire as SottoWire, start);
  }
}

/** Rooms of 1,000, 10,000 and 100,000 entries, made once for all rounds. */
async function makeHistories(name: ServerName, base: string): Promise<Trial> {
  const trial = new Trial(name, placeOf(name, join(base, `${name}-histories`)), []);
  await mkdir(trial.place.folder, { recursive: true });
  await trial.wire.prepare(trial.place, HISTORIES.length, MEMBERS);
  if (trial.wire instanceof SottoWire) await storeHistories(trial.wire, trial.place);
  else {
    const server = await trial.start();
    await writeHistories(trial.wire, server);
    await server.kill();
  }
  return trial;
}
