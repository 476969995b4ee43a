import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSecrets } from '@sotto/service';
import { freePort } from './free-port.js';
import { type MailSink, startMailSink } from './mail-sink.js';
import { inTurn, passRequests, passSocket } from './pass-on.js';
import { Program } from './program.js';

export interface SeparateOptions {
  /** Sync servers. */
  readonly syncServers?: number;
  /** Where the stores are (`COUCHDB_URL` and what goes with it); a store host over LevelDB unless given. */
  readonly store?: Record<string, string>;
  /** For every program, besides what it needs. */
  readonly env?: Record<string, string>;
}

/** Sotto as an operator runs it: each service a process of its own, behind one address. */
export interface SeparateServices {
  readonly origin: string;
  readonly syncServers: readonly Program[];
  readonly authServer: Program;
  readonly notifier: Program;
  /** Unless the stores are elsewhere. */
  readonly storeHost: Program | undefined;
  readonly programs: readonly Program[];
  /** Where the stores are. */
  readonly store: Readonly<Record<string, string>>;
  readonly mails: MailSink;
  linkToken(email: string): Promise<string>;
  /** Ends every program in an orderly way. @returns their exit codes */
  drain(): Promise<(number | null)[]>;
  remove(): Promise<void>;
}

/** Starts them all, with a gateway and a mail server of this process, and waits until they are ready. */
export async function startSeparately(options: SeparateOptions = {}): Promise<SeparateServices> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-separate-'));
  const { tokenKey, grantKey, preloginKey, refreshKey } = await loadSecrets(folder);
  const { d: _, ...publicKey } = tokenKey;
  const text = (key: Uint8Array) => Buffer.from(key).toString('base64url');
  const socketPath = join(folder, 'store.sock');
  const mails = await startMailSink();
  const ports = await Promise.all(Array.from({ length: 3 + (options.syncServers ?? 1) }, () => freePort()));
  const [hostPort, authPort, notifierPort, ...syncPorts] = ports as [number, number, number, ...number[]];

  const [toAuth, toSync] = [passRequests(authPort), passRequests(syncPorts[0]!)];
  const gateway = createServer((request, response) =>
    (request.url!.startsWith('/sync/') ? toSync : toAuth)(request, response),
  );
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;

  const store = options.store ?? { STORE_URL: `unix:${socketPath}` };
  const env = { ...store, ...options.env };
  const storeHost = options.store
    ? undefined
    : new Program(
        '@sotto/sync-server',
        'store-host.js',
        { ...options.env, STORE_FOLDER: join(folder, 'store'), STORE_SOCKET: socketPath },
        hostPort,
      );
  const syncEnv = {
    ...env,
    SOTTO_TOKEN_PUBLIC_KEY: JSON.stringify(publicKey),
    SOTTO_GRANT_KEY: text(grantKey),
    RETURN_MS: '100',
  };
  const syncServers = syncPorts.map((port) => new Program('@sotto/sync-server', 'main.js', syncEnv, port));
  const authEnv = {
    ...env,
    SOTTO_ORIGIN: origin,
    SOTTO_TOKEN_KEY: JSON.stringify(tokenKey),
    SOTTO_PRELOGIN_KEY: text(preloginKey),
    SOTTO_REFRESH_KEY: text(refreshKey),
  };
  const authServer = new Program('@sotto/auth-server', 'main.js', authEnv, authPort);
  const mailEnv = { ...env, SMTP_URL: mails.url, SMTP_FROM: 'Sotto <no-reply@example.org>' };
  const notifier = new Program('@sotto/notifier', 'main.js', mailEnv, notifierPort);
  const front = [...syncServers, authServer, notifier];
  const programs = [...front, ...(storeHost ? [storeHost] : [])];
  const next = inTurn(syncServers);
  gateway.on('upgrade', (request, socket, head) => passSocket(request, socket, head, next()));
  // In any order: whoever has no store yet is not ready yet.
  await Promise.all(programs.map((program) => program.start()));
  return {
    ...{ origin, syncServers, authServer, notifier, storeHost, programs, store, mails },
    linkToken: (email) => mails.linkToken(email),
    async drain() {
      const codes = await Promise.all(front.map((program) => program.end('SIGTERM')));
      return storeHost ? [...codes, await storeHost.end('SIGTERM')] : codes;
    },
    async remove() {
      await Promise.all(programs.map((program) => program.end('SIGKILL')));
      gateway.closeAllConnections();
      await new Promise((resolve) => gateway.close(resolve));
      await mails.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
