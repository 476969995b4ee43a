import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createAuthServer } from '@sotto/auth-server';
import { decodeMailEvent } from '@sotto/protocol';
import { createLogger, loadSecrets } from '@sotto/service';
import { AccessLists, connectStores } from '@sotto/store';
import { freePort } from '../../process/free-port.js';
import { inTurn, passSocket } from '../../process/pass-on.js';
import { Program } from '../../process/program.js';

const PLENTY = { count: 100_000, withinMs: 60_000 };

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

/** @param count of sync servers */
export async function runReplicas(count: number): Promise<ReplicatedServers> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-replicas-'));
  const secrets = await loadSecrets(folder);
  const { d: _, ...publicKey } = secrets.tokenKey;
  const socketPath = join(folder, 'store.sock');
  const host = new Program('@sotto/sync-server', 'store-host.js', {
    STORE_FOLDER: join(folder, 'store'),
    STORE_SOCKET: socketPath,
  });
  await host.start();
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
  const env = {
    STORE_URL: `unix:${socketPath}`,
    SOTTO_TOKEN_PUBLIC_KEY: JSON.stringify(publicKey),
    SOTTO_GRANT_KEY: Buffer.from(secrets.grantKey).toString('base64url'),
    RETURN_MS: '100',
  };
  const replicas = ports.map((port) => new Program('@sotto/sync-server', 'main.js', env, port));
  await Promise.all(replicas.map((replica) => replica.start()));

  const stores = connectStores(socketPath);
  while (!stores.isConnected) await pause(10);
  const access = new AccessLists(stores.log, stores.claims);
  const auth = createAuthServer({
    claims: stores.claims,
    log: stores.log,
    erasure: { settleMs: 0 },
    access,
    logger: createLogger({ name: 'test', level: 'silent' }),
    secrets,
    origin: 'http://localhost',
    secureCookies: false,
    limits: { signUpFromNetwork: PLENTY, linkFromNetwork: PLENTY },
  });
  const server = createServer(auth.app);
  const next = inTurn(replicas);
  server.on('upgrade', (request, socket, head) => passSocket(request, socket, head, next()));
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
