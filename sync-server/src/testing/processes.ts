import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { HostedStores } from '@sotto/store';
import { connectStores } from '@sotto/store';
import { keys, Reachable, TestServer } from './server.js';

const PATIENCE_MS = 20_000;

/** Waits until `holds` answers true. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await pause(10);
  }
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A program of this package in a process of its own. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output = '';
  errors = '';

  constructor(name: 'main' | 'store-host', env: Record<string, string>) {
    const program = fileURLToPath(new URL(`../${name}.js`, import.meta.url));
    this.child = spawn(process.execPath, ['--enable-source-maps', program], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  async ready(): Promise<void> {
    await until(() => {
      if (this.child.exitCode !== null)
        throw new Error(`ended before it was ready: ${this.errors}${this.output}`);
      return this.output.includes('"msg":"ready"');
    }, 'a process that is ready');
  }

  /** @returns its exit code */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** What a sync server needs to know besides its store. */
export function syncSecrets(): Record<string, string> {
  return {
    SOTTO_TOKEN_PUBLIC_KEY: JSON.stringify(keys.publicKey.export({ format: 'jwk' })),
    SOTTO_GRANT_KEY: Buffer.from(TestServer.grantKey).toString('base64url'),
  };
}

/** A sync server in a process of its own. */
export class Replica extends Reachable {
  program!: Program;
  readonly #env: Record<string, string>;

  constructor(
    readonly port: number,
    env: Record<string, string>,
  ) {
    super(`ws://127.0.0.1:${port}/sync`);
    this.#env = { HOST: '127.0.0.1', PORT: String(port), ...syncSecrets(), ...env };
  }

  async start(): Promise<this> {
    this.program = new Program('main', this.#env);
    await this.program.ready();
    return this;
  }

  async get(path: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.port}${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  async untilReady(): Promise<void> {
    await until(async () => (await this.get('/readyz')).status === 200, 'readiness');
  }

  /** Value of one line of the metrics. */
  async metric(line: string): Promise<number> {
    const { text } = await this.get('/metrics');
    const found = text.split('\n').find((other) => other.startsWith(`${line} `));
    return found === undefined ? 0 : Number(found.slice(line.length + 1));
  }

  async restart(): Promise<void> {
    await this.start();
    await this.untilReady();
  }
}

/** Sync servers in processes of their own, over stores that are there already. */
export async function startReplicas(count: number, env: Record<string, string>): Promise<Replica[]> {
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
  const replicas = await Promise.all(ports.map((port) => new Replica(port, env).start()));
  await Promise.all(replicas.map((replica) => replica.untilReady()));
  return replicas;
}

/** A store host and sync servers that share it, each in a process of its own. */
export class Cluster {
  readonly #folder: string;
  readonly #opened: HostedStores[] = [];
  host!: Program;
  replicas: readonly Replica[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(count: number, env: Record<string, string> = {}): Promise<Cluster> {
    const cluster = new Cluster(await mkdtemp(join(tmpdir(), 'sotto-replicas-')));
    await cluster.startHost();
    cluster.replicas = await startReplicas(count, { STORE_URL: `unix:${cluster.socket}`, ...env });
    return cluster;
  }

  get socket(): string {
    return join(this.#folder, 'store.sock');
  }

  async startHost(): Promise<void> {
    const STORE_FOLDER = join(this.#folder, 'store');
    this.host = new Program('store-host', { STORE_FOLDER, STORE_SOCKET: this.socket });
    await this.host.ready();
  }

  /** The stores, as another server has them. */
  async stores(): Promise<HostedStores> {
    const stores = connectStores(this.socket);
    this.#opened.push(stores);
    await until(() => stores.isConnected, 'a connection to the store host');
    return stores;
  }

  async stop(): Promise<void> {
    for (const replica of this.replicas) replica.cut();
    await Promise.all(this.#opened.map((stores) => stores.close()));
    await Promise.all(this.replicas.map(({ program }) => program.kill()));
    await this.host.kill();
    await rm(this.#folder, { recursive: true });
  }
}
