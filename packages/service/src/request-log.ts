import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from './logger.js';

const REQUEST_ID = /^[A-Za-z0-9-]{8,64}$/;
const PROBES = new Set(['/healthz', '/readyz', '/metrics']);

/** The logger that names this request in every line. */
export function requestLogger(response: Response): Logger {
  return response.locals.logger as Logger;
}

/** The stable code of the answer's error, for the request's line. */
export function noteErrorCode(response: Response, code: string): void {
  response.locals.errorCode = code;
}

/**
 * Gives every request an id (the gateway's, or a fresh one) and logs one line when it is over: the route's pattern, never
 * the address itself, which may hold names and tokens; never headers or bodies.
 */
export function logRequests(logger: Logger): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const given = request.get('x-request-id');
    const id = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
    const started = process.hrtime.bigint();
    response.setHeader('X-Request-Id', id);
    response.locals.logger = logger.child({ requestId: id });
    response.once('close', () => {
      const route = routeOf(request);
      requestLogger(response)[PROBES.has(route) ? 'debug' : 'info'](
        {
          method: request.method,
          route,
          status: response.statusCode,
          durationMs: Number(process.hrtime.bigint() - started) / 1e6,
          ...(response.locals.errorCode !== undefined && { error: response.locals.errorCode }),
          ...(isAborted(request, response) && { aborted: true }),
        },
        'request',
      );
    });
    next();
  };
}

/** The client went away before it had said everything, or before it had the answer. */
function isAborted(request: Request, response: Response): boolean {
  return request.errored !== null || !response.writableFinished;
}

/** The pattern of the route that answers, never the address itself. */
export function routeOf(request: Request): string {
  const path: unknown = (request.route as { path?: unknown } | undefined)?.path;
  return typeof path === 'string' ? request.baseUrl + path : '(none)';
}
