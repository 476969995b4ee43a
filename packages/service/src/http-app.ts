import { LIMITS } from '@sotto/protocol';
import type { Express, RequestHandler } from 'express';
import express from 'express';
import helmet from 'helmet';
import type { Health } from './health.js';
import { addHealthRoutes } from './health.js';
import type { Logger } from './logger.js';
import { answerErrors, answerNotFound } from './problems.js';
import { logRequests } from './request-log.js';
import { refuseCrossSite } from './same-origin.js';

export interface HttpAppOptions {
  readonly logger: Logger;
  readonly health: Health;
  /** People reach it over TLS only: sends HSTS. */
  readonly secure?: boolean;
  /** Public origin, such as `https://chat.example`; without it `Host` says what is the same origin. */
  readonly origin?: string;
  /** How many proxies in front may say where a request came from (`X-Forwarded-For`); none unless told. */
  readonly trustedProxies?: number;
  /** See every request before anything else does: metrics, traces. */
  readonly watching?: readonly RequestHandler[];
}

const TWO_YEARS_S = 63_072_000;

function apiHeaders(secure: boolean) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: secure ? { maxAge: TWO_YEARS_S, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}

/**
 * An express application with what every service does: headers, request ids and lines, refusal of cross-site requests,
 * JSON bodies up to {@link LIMITS.requestBytes}, health routes. Add routes with `route`, then call {@link finishHttpApp}.
 */
export function createHttpApp(options: HttpAppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', options.trustedProxies ?? 0);
  for (const watch of options.watching ?? []) app.use(watch);
  app.use(logRequests(options.logger));
  app.use(apiHeaders(options.secure ?? false));
  app.use((_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  addHealthRoutes(app, options.health);
  app.use(refuseCrossSite(options.origin));
  app.use(express.json({ limit: LIMITS.requestBytes, type: 'application/json', inflate: false }));
  return app;
}

/** After the last route: what nobody answers is 404, and every error becomes a problem. */
export function finishHttpApp(app: Express): void {
  app.use(answerNotFound);
  app.use(answerErrors);
}
