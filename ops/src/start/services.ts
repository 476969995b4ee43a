import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createAuthServer } from '@sotto/auth-server';
import { createNotifier } from '@sotto/notifier';
import { createHttpApp, finishHttpApp, type Health, type Logger, type Secrets } from '@sotto/service';
import { AccessLists, type LevelStores } from '@sotto/store';
import {
  type AttachmentServer,
  createAttachmentServer,
  createSegmentServer,
  createSyncServer,
  type SyncServer,
} from '@sotto/sync-server';
import type { Router } from 'express';
import { createMail, type MailSettings } from './mail.js';

export interface ServicesOptions {
  readonly stores: LevelStores;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly health: Health;
  /** Under which people reach Sotto. */
  readonly origin: string;
  /** Browsers shall never again ask without TLS. */
  readonly hsts: boolean;
  readonly mail: MailSettings;
}

/** Every service of one process. */
export interface Services {
  readonly sync: SyncServer;
  /** Answers everything under `/api`. */
  readonly api: RequestListener;
  /** Answers everything under `/sync/attachments` and `/sync/segments`. */
  readonly attachments: RequestListener;
  /** Answers `/healthz` and `/readyz`, and `/mailbox` where mails lie in one. */
  readonly front: RequestListener;
  /** Stops all of them, after `sync` was drained. */
  close(): Promise<void>;
}

function createFront({ logger, health, origin, hsts }: ServicesOptions, pages: Router | undefined) {
  const app = createHttpApp({ logger: logger.child({ service: 'gateway' }), health, origin, secure: hsts });
  if (pages) app.use(pages);
  finishHttpApp(app);
  return app;
}

/** What a sync server answers over HTTP. */
function createFiles(
  { logger, health, origin, hsts }: ServicesOptions,
  servers: readonly Pick<AttachmentServer, 'addRoutes'>[],
) {
  const app = createHttpApp({
    logger: logger.child({ service: 'sync-server' }),
    ...{ health, origin, secure: hsts },
  });
  for (const server of servers) server.addRoutes(app);
  finishHttpApp(app);
  return app;
}

/** Puts the services together: they share the stores, and of the secrets each gets its own. */
export async function createServices(options: ServicesOptions): Promise<Services> {
  const { stores, secrets, logger, origin } = options;
  const { log, claims, activity } = stores;
  const access = new AccessLists(log, claims);
  const tokenPublicKey = createPublicKey(createPrivateKey({ key: secrets.tokenKey, format: 'jwk' }));
  const { grantKey, preloginKey, refreshKey } = secrets;
  const sync = createSyncServer({
    ...{ log, claims, activity, access, grantKey, tokenKey: tokenPublicKey },
    logger: logger.child({ service: 'sync-server' }),
  });
  const attachments = createAttachmentServer({
    ...{ claims, access, chunks: stores.chunks, tokenKey: tokenPublicKey },
    logger: logger.child({ service: 'sync-server' }),
  });
  const segments = createSegmentServer({ log, claims, access, tokenKey: tokenPublicKey });
  const auth = createAuthServer({
    ...{ claims, log, access, origin, secrets: { tokenKey: secrets.tokenKey, preloginKey, refreshKey } },
    logger: logger.child({ service: 'auth-server' }),
    secureCookies: origin.startsWith('https:'),
  });
  const { transport, pages } = createMail(options.mail, claims);
  const notifier = createNotifier({ claims, transport, logger: logger.child({ service: 'notifier' }) });
  await notifier.start();
  return {
    sync,
    api: auth.app,
    attachments: createFiles(options, [attachments, segments]),
    front: createFront(options, pages),
    async close() {
      await sync.close();
      await attachments.close();
      segments.close();
      await auth.close();
      await notifier.close();
      access.close();
    },
  };
}
