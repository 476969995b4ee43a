import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { REMOVED_CHECKS } from '../../hostile/testing/removed-checks.js';
import { Link, type Weather } from '../network/link.js';
import { Program } from '../servers/program.js';
import type { Servers } from '../servers/servers.js';
import type { Answer, ClientSettings, Told } from './messages.js';

const MODULE = fileURLToPath(new URL('./crew-process.js', import.meta.url));
const WITHOUT_CHECKS = fileURLToPath(new URL('../../hostile/testing/without-checks.js', import.meta.url));
const ANSWER_MS = 180_000;
const OPEN_MS = 20;

/** The process ended, or was ended, before it answered. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** The answer was an error. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** A process of clients, with a link of its own for each to the servers. */
export class Crew {
  readonly program: Program;
  readonly clients: readonly number[];
  readonly #waiting = new Map<number, Waiting>();
  readonly #settings: readonly ClientSettings[];
  #asked = 0;
  #isReady = false;
  #isOpen = false;

  private constructor(
    settings: readonly ClientSettings[],
    log: string,
    hear: (told: Told) => void,
    crashed: (what: string) => void,
    removedChecks?: string,
  ) {
    this.#settings = settings;
    this.clients = settings.map(({ client }) => client);
    this.program = new Program({
      ...{ module: MODULE, log, env: removedChecks ? { [REMOVED_CHECKS]: removedChecks } : {} },
      imports: removedChecks ? [WITHOUT_CHECKS] : [],
      isReady: () => this.#isReady,
      crashed: (last) => {
        this.#left();
        crashed(`clients ${this.clients}: ${last}`);
      },
      hear: (message) => {
        const said = message as Told | Answer;
        if ('answer' in said) this.#answered(said);
        else if (said.told === 'ready') this.#isReady = true;
        else hear(said);
      },
    });
  }

  /**
   * @param weather of each client, shared by its link to the sync servers and the one to the auth server
   * @param links are added to, for whoever closes them
   */
  static async make(
    clients: readonly number[],
    {
      folder,
      servers,
      weather,
      links,
      hear,
      crashed,
      name,
      removedChecks,
    }: {
      readonly folder: string;
      readonly servers: Servers;
      readonly weather: readonly Weather[];
      readonly links: Link[];
      readonly hear: (told: Told) => void;
      readonly crashed: (what: string) => void;
      readonly name: (client: number) => string;
      /** Checks that the clients run without, as JSON: a control. */
      readonly removedChecks?: string;
    },
  ): Promise<Crew> {
    const settings: ClientSettings[] = [];
    for (const client of clients) {
      const own = join(folder, 'clients', String(client));
      await mkdir(own, { recursive: true });
      const sync = await Link.open(servers.targets.sync, { weather: weather[client]! });
      const auth = await Link.open(servers.targets.auth, { weather: weather[client]! });
      links.push(sync, auth);
      settings.push({
        ...{ client, name: name(client), folder: own },
        ...{ origin: `http://127.0.0.1:${auth.port}`, sync: `ws://127.0.0.1:${sync.port}` },
      });
    }
    const log = join(folder, 'logs', `crew-${clients[0]}.log`);
    return new Crew(settings, log, hear, crashed, removedChecks);
  }

  /** Starts the process and opens its clients on their stores, where they are not. */
  async start(): Promise<void> {
    if (this.#isOpen) return;
    this.#isReady = false;
    await this.program.start();
    await Promise.all(this.#settings.map((settings) => this.#ask(settings.client, '#open', settings)));
    this.#isOpen = true;
  }

  async kill(): Promise<void> {
    this.#isOpen = false;
    await this.program.end('SIGKILL');
    this.#left();
  }

  /** Resolves when its clients are open. */
  async opened(): Promise<void> {
    while (!this.#isOpen) await pause(OPEN_MS);
  }

  /** @throws NoAnswer, CallFailed */
  ask<T>(client: number, call: string, input: unknown = null): Promise<T> {
    if (!this.#isOpen) return Promise.reject(new NoAnswer('not there'));
    return this.#ask(client, call, input);
  }

  /** Nobody is there to answer any more. */
  #left(): void {
    this.#isOpen = false;
    this.#isReady = false;
    for (const { reject } of this.#waiting.values()) reject(new NoAnswer('killed'));
    this.#waiting.clear();
  }

  #ask<T>(client: number, call: string, input: unknown): Promise<T> {
    this.#asked += 1;
    const ask = this.#asked;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting.delete(ask);
        reject(new CallFailed(`client ${client} did not answer to ${call}`, undefined));
      }, ANSWER_MS);
      const settled =
        <A>(settle: (value: A) => void) =>
        (value: A) => {
          clearTimeout(late);
          settle(value);
        };
      this.#waiting.set(ask, { resolve: settled(resolve), reject: settled(reject) });
      if (!this.program.say({ ask, client, call, input })) {
        this.#waiting.delete(ask);
        clearTimeout(late);
        reject(new NoAnswer('not there'));
      }
    });
  }

  #answered({ answer, result, error }: Answer): void {
    const waiting = this.#waiting.get(answer);
    this.#waiting.delete(answer);
    if (error) waiting?.reject(new CallFailed(error.message, error.code));
    else waiting?.resolve(result as never);
  }
}
