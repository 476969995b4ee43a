import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine } from '@sotto/client';
import { type CookieJar, createCookieJar } from '@sotto/client/account';
import { type DeviceStores, openNodeProfiles } from '@sotto/client/store/node';
import WebSocket from 'ws';
import { CrashingStores, type CrashPoint } from './crash-points.js';

/** A device whose process may die once, at a given write, and is started again at once. */
export class Mortal {
  readonly faults: unknown[] = [];
  readonly #origin: string;
  readonly #folder: string;
  readonly #cookies: CookieJar;
  readonly #sockets = new Set<WebSocket>();
  #life!: Promise<Engine>;
  #stores!: CrashingStores;
  #death!: Promise<void>;
  deaths = 0;

  private constructor(origin: string, folder: string, cookies: readonly string[]) {
    this.#origin = origin;
    this.#folder = folder;
    this.#cookies = createCookieJar(cookies);
  }

  /** @param from a device's folder to begin with a copy of; `cookies` as its jar saved them */
  static async begin(
    origin: string,
    from: { readonly folder: string; readonly cookies: readonly string[] },
    point?: CrashPoint,
  ): Promise<Mortal> {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-mortal-'));
    await cp(from.folder, folder, { recursive: true });
    const mortal = new Mortal(origin, folder, from.cookies);
    mortal.#live(point);
    return mortal;
  }

  /** Writes of the present life. */
  get writes(): readonly string[] {
    return this.#stores.writes;
  }

  /** What the present life has stored. */
  get stored(): DeviceStores | undefined {
    return this.#stores.stored;
  }

  /**
   * Does something that a person does, again if the device died over it.
   * @param act looks first whether it was done already
   */
  async insist<T>(act: (engine: Engine) => Promise<T>): Promise<T> {
    for (;;) {
      const life = this.#life;
      const died = this.#death.then(() => DIED);
      const result = await Promise.race([life.then(act), died]);
      if (result !== DIED) return result as T;
      await this.#life;
    }
  }

  async remove(): Promise<void> {
    // It may die over its closing too.
    await this.insist((engine) => engine.close());
    await rm(this.#folder, { recursive: true, force: true });
  }

  #live(point: CrashPoint | undefined): void {
    this.#death = new Promise((died) => {
      this.#stores = new CrashingStores(point, () => {
        for (const socket of this.#sockets) socket.terminate();
        // The dead must not dial again; the rest of its closing waits for stores that answer no more.
        void life.then((engine) => engine.close());
        const { release } = this.#stores;
        const stores = this.#stores;
        this.deaths += 1;
        this.#life = release.call(stores).then(() => {
          this.#live(undefined);
          return this.#life;
        });
        died();
      });
    });
    const life = this.#open(this.#stores);
    this.#life = life;
  }

  async #open(stores: CrashingStores): Promise<Engine> {
    return createEngine({
      origin: this.#origin,
      profiles: await openNodeProfiles(this.#folder, stores.through),
      openSocket: (url) => {
        const socket = new WebSocket(url);
        this.#sockets.add(socket);
        return socket;
      },
      deviceName: 'Node',
      cookies: this.#cookies,
      report: (error) => this.faults.push(error),
    });
  }
}

const DIED = Symbol('died');
