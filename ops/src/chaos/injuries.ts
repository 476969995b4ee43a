import { exec } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Crew } from './clients/crew.js';
import type { Weather } from './network/link.js';
import { type Fault, nameOf, type Wire } from './schedule/faults.js';
import type { World } from './world.js';

const run = promisify(exec);

/** Commands that end and start a node of the database, which is in `CHAOS_NODE`. */
export interface NodeCommands {
  readonly kill: string;
  readonly start: string;
}

/** Lets things go wrong in a world, each for its time; {@link heal} ends what still does. */
export class Injuries {
  /** How often what went wrong. */
  readonly counts: Record<string, number> = {};
  /** What should not have failed in doing so. */
  readonly failures: unknown[] = [];
  readonly #world: World;
  readonly #commands: NodeCommands | undefined;
  readonly #under = new Set<Promise<void>>();
  readonly #healing = new AbortController();
  #room: number | undefined;
  #deadNodes = new Set<number>();

  constructor(world: World, commands?: NodeCommands) {
    this.#world = world;
    this.#commands = commands;
  }

  inflict(fault: Fault): void {
    const name = nameOf(fault);
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    const done = this.#inflict(fault).catch((error: unknown) => {
      this.failures.push(error);
    });
    this.#under.add(done);
    void done.then(() => this.#under.delete(done));
  }

  /** Everything works again when this resolves; nothing may be inflicted any more. */
  async heal(): Promise<void> {
    const { servers, crews, clientWeather } = this.#world;
    this.#healing.abort();
    for (const program of servers.programs.values()) program.signal('SIGCONT');
    await servers.disk?.free();
    for (const weather of [...clientWeather, ...servers.replicaWeather, ...servers.storeWeather])
      weather.clear();
    await Promise.all(this.#under);
    for (const program of [...servers.programs.values(), ...crews.map((crew) => crew.program)])
      program.skew(0);
    for (const node of [...this.#deadNodes]) await this.#node(node, 'start');
    await servers.start();
  }

  async #inflict(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'kill':
      case 'drain': {
        const program = this.#world.programAt(fault.place);
        await program.end(fault.kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
        await this.#time(fault.ms);
        await program.start();
        if (fault.place === 'store' && this.#room !== undefined && this.#world.servers.disk?.kind === 'limit')
          await this.#world.servers.disk.fill(this.#room);
        return;
      }
      case 'freeze': {
        const program = this.#world.programAt(fault.place);
        program.signal('SIGSTOP');
        await this.#time(fault.ms);
        program.signal('SIGCONT');
        return;
      }
      case 'skew': {
        const program = this.#world.programAt(fault.place);
        program.skew(fault.by);
        await this.#time(fault.ms);
        program.skew(0);
        return;
      }
      case 'fill':
        return this.#fill(fault.room, fault.ms);
      case 'offline':
        return this.#offline(this.#world.crews[fault.crew]!, fault.away, fault.ms - fault.away);
      case 'node':
        await this.#node(fault.node, 'kill');
        await this.#time(fault.ms);
        return this.#node(fault.node, 'start');
      default:
        return this.#weather(fault);
    }
  }

  async #weather(fault: Extract<Fault, { wire: Wire }>): Promise<void> {
    const weather = this.#at(fault.wire);
    switch (fault.kind) {
      case 'cut':
        weather.cut(fault.torn);
        return;
      case 'block':
        weather.blocked = true;
        weather.cut();
        await this.#time(fault.ms);
        weather.blocked = false;
        return;
      case 'hold':
        weather.hold(fault.side, true);
        await this.#time(fault.ms);
        weather.hold(fault.side, false);
        return;
      case 'delay':
        weather.delay = fault.by;
        await this.#time(fault.ms);
        weather.delay = 0;
        weather.changed();
    }
  }

  async #fill(room: number, ms: number): Promise<void> {
    const { disk } = this.#world.servers;
    this.#room = room;
    await disk?.fill(room);
    await this.#time(ms);
    this.#room = undefined;
    await disk?.free();
  }

  async #offline(crew: Crew, away: number, ms: number): Promise<void> {
    const weathers = crew.clients.map((client) => this.#world.clientWeather[client]!);
    for (const weather of weathers) {
      weather.blocked = true;
      weather.cut();
    }
    await crew.kill();
    await this.#time(away);
    await this.#world.startCrew(crew);
    await this.#time(ms);
    for (const weather of weathers) weather.blocked = false;
  }

  async #node(node: number, what: keyof NodeCommands): Promise<void> {
    if (!this.#commands) return;
    if (what === 'kill') this.#deadNodes.add(node);
    await run(this.#commands[what], { env: { ...process.env, CHAOS_NODE: String(node) } });
    if (what === 'start') this.#deadNodes.delete(node);
  }

  #at(wire: Wire): Weather {
    const { clientWeather, servers } = this.#world;
    if (wire === 'store:auth') return servers.storeWeather.at(-1)!;
    const [kind, text] = wire.split(':');
    const number = Number(text);
    if (kind === 'client') return clientWeather[number]!;
    return (kind === 'replica' ? servers.replicaWeather : servers.storeWeather)[number]!;
  }

  /** So long, or until all is healed. */
  async #time(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#healing.signal }).catch(() => {});
  }
}
