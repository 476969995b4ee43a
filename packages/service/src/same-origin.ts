import { ProtocolError } from '@sotto/protocol';
import type { NextFunction, Request, RequestHandler, Response } from 'express';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that change something and that another site's page made the browser send: cookies go along with
 * those. Programs other than browsers send neither header.
 * @param origin the service's public origin, where a gateway rewrites `Host`
 */
export function refuseCrossSite(origin?: string): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    if (!SAFE_METHODS.has(request.method) && !isSameOrigin(request, origin))
      throw new ProtocolError('auth/forbidden', { detail: 'cross-site request' });
    next();
  };
}

function isSameOrigin(request: Request, own: string | undefined): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin') return false;
  const origin = request.get('origin');
  if (origin === undefined) return true;
  return own === undefined ? hostOf(origin) === request.get('host') : origin === own;
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
