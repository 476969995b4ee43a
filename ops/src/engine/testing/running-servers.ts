import { createPublicKey } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthServer } from '@sotto/auth-server';
import { decodeMailEvent, type MailTemplate } from '@sotto/protocol';
import {
  createHttpApp,
  createLogger,
  finishHttpApp,
  Health,
  loadSecrets,
  type Secrets,
} from '@sotto/service';
import { AccessLists, type LevelStores, type LogStore, openLevelStores } from '@sotto/store';
import { createAttachmentServer, createSyncServer, type ServerLimits } from '@sotto/sync-server';

/** The auth and sync servers over one LevelDB, in this process, on one port. */
export interface RunningServers {
  readonly origin: string;
  readonly folder: string;
  readonly stores: LevelStores;
  /** The token of the newest sign-up link mailed to an address. */
  linkToken(email: string): Promise<string>;
  /** The token of the newest link for another password. */
  resetToken(email: string): Promise<string>;
  /** Cuts every socket and answers nothing until {@link start}. */
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

const PLENTY = { count: 100_000, withinMs: 60_000 };

interface Life {
  readonly server: Server;
  readonly stores: LevelStores;
  end(): Promise<void>;
}

export interface ServersOptions {
  /** What an account's attachments may take. */
  readonly quotaBytes?: number;
  /** The clock of the stores and the sync server, milliseconds since 1970; the machine's by default. */
  readonly now?: () => number;
  /** Stands between the sync server and its log. */
  readonly wrapLog?: (log: LogStore) => LogStore;
  /** Other bounds of the sync server than the usual ones. */
  readonly limits?: Partial<ServerLimits>;
}

async function live(folder: string, secrets: Secrets, port: number, options: ServersOptions): Promise<Life> {
  const { quotaBytes, now = Date.now, wrapLog = (log) => log, limits } = options;
  const stores = await openLevelStores(join(folder, 'store'), { now });
  const logger = createLogger({ name: 'test', level: 'silent' });
  const access = new AccessLists(stores.log, stores.claims);
  const auth = createAuthServer({
    claims: stores.claims,
    log: stores.log,
    erasure: { settleMs: 0 },
    access,
    logger,
    secrets,
    origin: 'http://localhost',
    secureCookies: false,
    // One machine plays everybody here.
    limits: { signUpFromNetwork: PLENTY, linkFromNetwork: PLENTY },
  });
  const { d: _, ...tokenKey } = secrets.tokenKey;
  const tokenPublicKey = createPublicKey({ key: tokenKey, format: 'jwk' });
  const sync = createSyncServer({
    log: wrapLog(stores.log),
    claims: stores.claims,
    activity: stores.activity,
    access,
    logger,
    tokenKey: tokenPublicKey,
    grantKey: secrets.grantKey,
    now,
    ...(limits && { limits }),
  });
  const attachments = createAttachmentServer({
    ...{ claims: stores.claims, chunks: stores.chunks, access, logger, tokenKey: tokenPublicKey },
    ...(quotaBytes !== undefined && { quotaBytes }),
  });
  const files = createHttpApp({ logger, health: new Health() });
  attachments.addRoutes(files);
  finishHttpApp(files);
  const server = createServer((request, response) =>
    (request.url!.startsWith('/sync/') ? files : auth.app)(request, response),
  );
  server.on('upgrade', (request, socket, head) => sync.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    server,
    stores,
    async end() {
      server.closeAllConnections();
      const closed = new Promise((resolve) => server.close(resolve));
      await sync.close();
      await closed;
      await attachments.close();
      await auth.close();
      access.close();
      await stores.close();
    },
  };
}

/** @param from a folder to begin with a copy of */
export async function runServers(from?: string, options: ServersOptions = {}): Promise<RunningServers> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-engine-'));
  if (from) await cp(from, folder, { recursive: true });
  const secrets = await loadSecrets(folder);
  let life: Life | undefined = await live(folder, secrets, 0, options);
  const { port } = life.server.address() as AddressInfo;
  async function mailed(email: string, template: MailTemplate): Promise<string> {
    const claims = await life!.stores.claims.list({ prefix: 'mail:' });
    const mail = claims.map(({ body }) => decodeMailEvent(body)).findLast(({ to }) => to === email);
    if (mail?.template !== template) throw new Error('no link was mailed');
    return mail.link.split('#')[1]!;
  }

  return {
    origin: `http://127.0.0.1:${port}`,
    folder,
    get stores() {
      return life!.stores;
    },
    linkToken: (email) => mailed(email, 'sign-up'),
    resetToken: (email) => mailed(email, 'reset'),
    async stop() {
      await life?.end();
      life = undefined;
    },
    async start() {
      life = await live(folder, secrets, port, options);
    },
    async remove() {
      await life?.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
