import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createAuthServer } from '@sotto/auth-server';
import { decodeMailEvent } from '@sotto/protocol';
import { createLogger, loadSecrets } from '@sotto/service';
import { AccessLists, connectStores } from '@sotto/store';
import { freePort } from '../../process/free-port.js';

const START_MS = 60_000;
const PLENTY = { count: 100_000, withinMs: 60_000 };

const programOf = (name: string) => fileURLToPath(new URL(name, import.meta.resolve('@sotto/sync-server')));

/** One of several processes. */
export interface ReplicaProcess {
  /** Sockets that were passed on to it. */
  readonly sockets: number;
  /** @returns its exit code */
  end(signal: NodeJS.Signals): Promise<number | null>;
  start(): Promise<void>;
}

/** A store host and sync servers as processes, the auth server over the same host, and a gateway before them. */
export interface ReplicatedServers {
  readonly origin: string;
  readonly host: ReplicaProcess;
  readonly replicas: readonly ReplicaProcess[];
  linkToken(email: string): Promise<string>;
  remove(): Promise<void>;
}

class Program implements ReplicaProcess {
  sockets = 0;
  readonly #program: string;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  #ended: Promise<number | null> = Promise.resolve(null);

  constructor(
    program: string,
    env: Record<string, string>,
    readonly port = 0,
  ) {
    this.#program = program;
    this.#env = env;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--enable-source-maps', programOf(this.#program)], {
      env: { PATH: process.env.PATH, ...this.#env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${this.#program} did not start in time`)), START_MS);
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (!output.includes('"msg":"ready"')) return;
        clearTimeout(late);
        resolve();
      });
    });
    while (this.port > 0 && !(await this.#isReady())) await pause(10);
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child?.kill(signal);
    return this.#ended;
  }

  async #isReady(): Promise<boolean> {
    return (await fetch(`http://127.0.0.1:${this.port}/readyz`)).ok;
  }
}

/** Passes a socket on to the first of these that takes it. */
function passOn(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  [first, ...others]: readonly Program[],
): void {
  if (!first) {
    socket.destroy();
    return;
  }
  const far = connect(first.port, '127.0.0.1');
  far.once('error', () => {
    if (far.bytesWritten === 0) passOn(request, socket, head, others);
    else socket.destroy();
  });
  far.once('connect', () => {
    first.sockets += 1;
    const headers = request.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
    );
    far.write(`GET ${request.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    far.write(head);
    far.pipe(socket).pipe(far);
  });
  far.once('close', () => socket.destroy());
  socket.once('error', () => far.destroy());
  socket.once('close', () => far.destroy());
}

/** @param count of sync servers */
export async function runReplicas(count: number): Promise<ReplicatedServers> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-replicas-'));
  const secrets = await loadSecrets(folder);
  const { d: _, ...publicKey } = secrets.tokenKey;
  const socketPath = join(folder, 'store.sock');
  const host = new Program('store-host.js', {
    STORE_FOLDER: join(folder, 'store'),
    STORE_SOCKET: socketPath,
  });
  await host.start();
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
  const env = {
    STORE_URL: `unix:${socketPath}`,
    SOTTO_TOKEN_PUBLIC_KEY: JSON.stringify(publicKey),
    SOTTO_GRANT_KEY: Buffer.from(secrets.grantKey).toString('base64url'),
    HOST: '127.0.0.1',
    RETURN_MS: '100',
  };
  const replicas = ports.map((port) => new Program('main.js', { ...env, PORT: String(port) }, port));
  await Promise.all(replicas.map((replica) => replica.start()));

  const stores = connectStores(socketPath);
  while (!stores.isConnected) await pause(10);
  const access = new AccessLists(stores.log, stores.claims);
  const auth = createAuthServer({
    claims: stores.claims,
    access,
    logger: createLogger({ name: 'test', level: 'silent' }),
    secrets,
    origin: 'http://localhost',
    secureCookies: false,
    limits: { signUpFromNetwork: PLENTY, linkFromNetwork: PLENTY },
  });
  const server = createServer(auth.app);
  let turn = 0;
  server.on('upgrade', (request, socket, head) => {
    turn += 1;
    const from = turn % replicas.length;
    passOn(request, socket, head, [...replicas.slice(from), ...replicas.slice(0, from)]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    host,
    replicas,
    async linkToken(email) {
      const claims = await stores.claims.list({ prefix: 'mail:' });
      const mail = claims.map(({ body }) => decodeMailEvent(body)).findLast(({ to }) => to === email);
      if (mail?.template !== 'sign-up') throw new Error('no link was mailed');
      return mail.link.split('#')[1]!;
    },
    async remove() {
      await Promise.all(replicas.map((replica) => replica.end('SIGKILL')));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await auth.close();
      access.close();
      await stores.close();
      await host.end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
