import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ConversationId } from '@sotto/protocol';
import { Crew } from './clients/crew.js';
import type { Look } from './clients/messages.js';
import { type Link, Weather } from './network/link.js';
import type { Place } from './schedule/faults.js';
import { conversationsOf, type Shape } from './schedule/shape.js';
import type { Program } from './servers/program.js';
import { makeServers, type ServerOptions, type Servers } from './servers/servers.js';
import { Journal } from './verdict/journal.js';

interface Begun {
  readonly shape: Shape;
  readonly conversations: ConversationId[];
}

/** Everything of a run: servers, clients, what is between them, and what was promised. */
export class World {
  readonly #links: Link[] = [];
  conversations: ConversationId[] = [];

  private constructor(
    readonly journal: Journal,
    readonly folder: string,
    readonly shape: Shape,
    readonly servers: Servers,
    readonly clientWeather: readonly Weather[],
    readonly crews: Crew[] = [],
  ) {}

  /**
   * Prepares a run and starts nothing.
   * @param from a folder that {@link keep} wrote: people who have met
   * @param crewEnv of the clients' processes: a control
   */
  static async open(
    options: ServerOptions & {
      readonly shape: Shape;
      readonly from?: string;
      readonly clientChecks?: string;
    },
  ): Promise<World> {
    const { folder, shape, from, clientChecks } = options;
    await mkdir(folder, { recursive: true });
    if (from)
      for (const part of ['secrets.json', 'clients'])
        await cp(join(from, part), join(folder, part), { recursive: true });
    const journal = new Journal();
    const crashed = (what: string) => journal.crashes.push(what);
    const servers = await makeServers({ ...options, crashed });
    if (from) await cp(join(from, 'disk', 'store'), servers.paths.store, { recursive: true });
    const world = new World(
      journal,
      folder,
      shape,
      servers,
      shape.accounts.map(() => new Weather()),
    );
    if (from) {
      const begun = JSON.parse(await readFile(join(from, 'begun.json'), 'utf8')) as Begun;
      if (!isDeepStrictEqual(begun.shape, shape)) throw new Error(`people of another shape in ${from}`);
      world.conversations = begun.conversations;
    }
    for (const clients of shape.crews)
      world.crews.push(
        await Crew.make(clients, {
          ...{ folder, servers, weather: world.clientWeather, links: world.#links },
          ...(clientChecks && { removedChecks: clientChecks }),
          crashed,
          hear: (told) => journal.hear(told),
          name: (client) => nameOf(shape, client),
        }),
      );
    return world;
  }

  /** Writes down what the next run can begin with. All processes must have ended. */
  async keep(): Promise<void> {
    const begun: Begun = { shape: this.shape, conversations: this.conversations };
    await writeFile(join(this.folder, 'begun.json'), JSON.stringify(begun));
  }

  async start(): Promise<void> {
    await this.servers.start();
    await Promise.all(this.crews.map((crew) => this.startCrew(crew)));
  }

  /** Starts a process of clients, and has each say what of its own shows as sent. */
  async startCrew(crew: Crew): Promise<void> {
    await crew.start();
    for (const client of crew.clients)
      for (const conversation of conversationsOf(this.shape, client)) {
        const id = this.conversations[conversation];
        if (id) await crew.ask(client, '#follow', id);
      }
  }

  crewOf(client: number): Crew {
    return this.crews.find(({ clients }) => clients.includes(client))!;
  }

  /** @throws NoAnswer, CallFailed */
  ask<T>(client: number, call: string, input?: unknown): Promise<T> {
    return this.crewOf(client).ask(client, call, input);
  }

  look(client: number): Promise<Look> {
    return this.ask(client, '#look');
  }

  programAt(place: Place): Program {
    const [kind, number] = place.split(':');
    return kind === 'crew' ? this.crews[Number(number)]!.program : this.servers.programs.get(place)!;
  }

  async end(): Promise<void> {
    await Promise.all(this.crews.map((crew) => crew.kill()));
    await this.servers.end();
  }

  async remove(): Promise<void> {
    await this.end();
    await Promise.all(this.#links.map((link) => link.close()));
    await this.servers.remove();
  }
}

export function nameOf({ accounts }: Shape, client: number): string {
  return `person${String(accounts[client]).padStart(2, '0')}`;
}
