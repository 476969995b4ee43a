import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { HostedStores } from '../host/connect-stores.js';
import { connectStores } from '../host/connect-stores.js';
import type { LinkOptions } from '../host/host-link.js';
import type { StoreHost, StoreHostOptions } from '../host/serve-stores.js';
import { serveStores } from '../host/serve-stores.js';
import type { LevelStores } from '../open-level.js';
import { openLevelStores } from '../open-level.js';
import { temporaryFolder } from './temporary-folder.js';

const SOON_MS = 10_000;

/** Resolves when `holds` does. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const end = Date.now() + SOON_MS;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await pause(2);
  }
}

export async function connected(stores: HostedStores): Promise<HostedStores> {
  await until(() => stores.isConnected, 'a connection to the store host');
  return stores;
}

export interface ServedOptions {
  readonly level?: { now?: () => number; documentMost?: number };
  readonly host?: StoreHostOptions;
  readonly link?: LinkOptions;
}

/** A store host in this process, over a real socket and a folder of its own, and servers connected to it. */
export class ServedStores {
  readonly failures: unknown[] = [];
  readonly #options: ServedOptions;
  readonly #connected: HostedStores[] = [];
  #level!: LevelStores;
  #host!: StoreHost;

  private constructor(
    readonly folder: string,
    readonly path: string,
    readonly removeFolder: () => Promise<void>,
    options: ServedOptions,
  ) {
    this.#options = options;
  }

  static async start(options: ServedOptions = {}): Promise<ServedStores> {
    const folder = await temporaryFolder();
    const served = new ServedStores(folder.path, join(folder.path, 'host.sock'), folder.remove, options);
    await served.open();
    return served;
  }

  get host(): StoreHost {
    return this.#host;
  }

  async open(): Promise<void> {
    this.#level = await openLevelStores(join(this.folder, 'store'), this.#options.level);
    const onFailure = (error: unknown) => void this.failures.push(error);
    this.#host = await serveStores(this.#level, this.path, { onFailure, ...this.#options.host });
  }

  /** Another server. */
  async connect(path = this.path): Promise<HostedStores> {
    const stores = connectStores(path, { retryMs: { first: 5, most: 20 }, ...this.#options.link });
    this.#connected.push(stores);
    return connected(stores);
  }

  /** Ends the host in order; the servers stay. */
  async close(): Promise<void> {
    await this.#host.close();
    await this.#level.close();
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#connected.map((stores) => stores.close()));
    await this.close();
    await this.removeFolder();
  }
}
