import {
  addMetricsRoute,
  createHttpApp,
  finishHttpApp,
  Health,
  type Logger,
  type Secrets,
} from '@sotto/service';
import type { AccessLists, ClaimStore, LogStore } from '@sotto/store';
import { Bans, conversationParts, ErasureRunner, type ErasureRunnerOptions } from '@sotto/store';
import type { Express, RequestHandler } from 'express';
import type { Registry } from 'prom-client';
import { AccountDesk } from './accounts/account-desk.js';
import { SignUpDesk } from './accounts/complete-sign-up.js';
import { ResetLinks } from './accounts/reset-links.js';
import { SignInDesk } from './accounts/sign-in.js';
import { SignUpLinks } from './accounts/sign-up-links.js';
import { PasswordHasher } from './credentials/password-hasher.js';
import { LinkTickets } from './devices/link-tickets.js';
import { accountParts } from './erasure/account-parts.js';
import { ErasureDesk } from './erasure/erasure-desk.js';
import { storedParts } from './erasure/stored-parts.js';
import { AUTH_LIMITS, type AuthLimits, Throttle } from './limits.js';
import type { Parts } from './parts.js';
import { addAccountRoutes } from './routes/account.js';
import { Callers } from './routes/caller.js';
import { addDeviceRoutes } from './routes/devices.js';
import { addDirectoryRoutes } from './routes/directory.js';
import { addDocumentRoutes } from './routes/documents.js';
import { addErasureRoutes } from './routes/erasures.js';
import { addLinkRoutes } from './routes/links.js';
import { RefreshCookie } from './routes/refresh-cookie.js';
import { addResetRoutes } from './routes/resets.js';
import { addSessionRoutes } from './routes/session.js';
import { addSignInRoutes } from './routes/sign-in.js';
import { addSignUpRoutes } from './routes/sign-up.js';
import { Tokens } from './sessions/access-tokens.js';
import { EndedSessions } from './sessions/ended-sessions.js';
import { Sessions } from './sessions/sessions.js';
import { startSweeping } from './sweep.js';

/** Keys that every replica has the same of: signs tokens, derives refresh tokens and answers for unknown logins. */
export type AuthSecrets = Pick<Secrets, 'tokenKey' | 'refreshKey' | 'preloginKey'>;

export interface AuthServerOptions {
  readonly claims: ClaimStore;
  /** Nothing is read of it: what was erased is deleted there too. */
  readonly log: LogStore;
  readonly access: AccessLists;
  readonly logger: Logger;
  readonly secrets: AuthSecrets;
  /** Public base URL, as in `https://sotto.example`. */
  readonly origin: string;
  /** False only where pages come over plain HTTP, as on localhost. */
  readonly secureCookies: boolean;
  /** What `/readyz` of this application answers by. */
  readonly health?: Health;
  /** Proxies in front that say where a request came from; none unless told. */
  readonly trustedProxies?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Other limits than the usual ones. */
  readonly limits?: Partial<AuthLimits>;
  /** Answered at `/metrics`; without it there is no such route. */
  readonly metrics?: Registry;
  /** See every request first: metrics, traces. */
  readonly watching?: readonly RequestHandler[];
  /** When erasures are looked through again, and when orders are looked for; other than usual. */
  readonly erasure?: Pick<ErasureRunnerOptions, 'settleMs' | 'sweepMs'>;
  /** Hashes authentication keys; given by who wants to count or to bound it otherwise. */
  readonly hasher?: PasswordHasher;
}

export interface AuthServer {
  /** Answers everything under `/api`. */
  readonly app: Express;
  close(): Promise<void>;
}

/** Accounts, sessions, devices, pre-keys and the directory, over HTTP. */
export function createAuthServer(options: AuthServerOptions): AuthServer {
  const { claims, log, access, logger, secrets, now = Date.now } = options;
  const hasher = options.hasher ?? new PasswordHasher();
  const ended = new EndedSessions(claims, now);
  const tokens = new Tokens(secrets.tokenKey, now);
  const links = new SignUpLinks(claims, options.origin, now);
  const sessions = new Sessions(claims, ended, secrets.refreshKey, now);
  const bans = new Bans(claims);
  const parts: Parts = {
    claims,
    bans,
    access,
    links,
    signUps: new SignUpDesk(claims, links, hasher, logger, now),
    signIns: new SignInDesk(claims, hasher, secrets.preloginKey),
    accounts: new AccountDesk(claims, sessions, hasher),
    resets: new ResetLinks(claims, sessions, hasher, options.origin, now),
    tickets: new LinkTickets(claims, sessions, hasher, now),
    erasures: new ErasureDesk(claims, access, hasher),
    sessions,
    tokens,
    callers: new Callers(tokens, ended, bans),
    cookie: new RefreshCookie(options.secureCookies),
    throttle: new Throttle({ ...AUTH_LIMITS, ...options.limits }, options.now),
  };
  const sweeping = startSweeping(claims, logger, now);
  const stores = { claims, log, access };
  const erasing = new ErasureRunner(
    claims,
    {
      account: [...accountParts(claims, ended), ...storedParts(stores, now)],
      conversation: conversationParts(stores, now),
    },
    {
      failed: (part, error) => logger.error({ err: error, part }, 'erasure failed, trying again'),
      now,
      ...options.erasure,
    },
  );
  erasing.start();
  return {
    app: createApp(parts, options),
    async close() {
      await erasing.close();
      ended.close();
      bans.close();
      await sweeping.stop();
    },
  };
}

function createApp(parts: Parts, options: AuthServerOptions): Express {
  const {
    logger,
    health = new Health(),
    secureCookies,
    trustedProxies = 0,
    metrics,
    watching = [],
  } = options;
  // What is the same origin follows from the Host header: people also come by another name of the same machine.
  const app = createHttpApp({ logger, health, secure: secureCookies, trustedProxies, watching });
  if (metrics) addMetricsRoute(app, metrics);
  addSignUpRoutes(app, parts);
  addSignInRoutes(app, parts);
  addSessionRoutes(app, parts);
  addAccountRoutes(app, parts);
  addResetRoutes(app, parts);
  addDeviceRoutes(app, parts);
  addLinkRoutes(app, parts);
  addErasureRoutes(app, parts);
  addDirectoryRoutes(app, parts);
  addDocumentRoutes(app, parts);
  finishHttpApp(app);
  return app;
}
