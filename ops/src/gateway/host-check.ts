import type { IncomingMessage } from 'node:http';

const localHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

function hostOf(request: IncomingMessage): string | undefined {
  const authority = `http://${request.headers.host ?? ''}`;
  return URL.canParse(authority) ? new URL(authority).hostname : undefined;
}

function isFromHere(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  return address === '::1' || address.startsWith('127.');
}

/**
 * Whether a request was made on this machine, for this machine. The Host header alone could be forged by another
 * machine; the address alone would let a page elsewhere in, whose name was made to point here.
 */
export function isLocalRequest(request: IncomingMessage): boolean {
  const host = hostOf(request);
  return host !== undefined && localHosts.has(host) && isFromHere(request);
}

/**
 * Whether a WebSocket comes from Sotto's own pages, or from no page at all. Browsers always say the origin.
 * @param origin under which people reach Sotto
 */
export function isSameOrigin(request: IncomingMessage, origin: string): boolean {
  const claimed = request.headers.origin;
  if (claimed === undefined || claimed === origin) return true;
  if (!URL.canParse(claimed)) return false;
  const { protocol, host } = new URL(claimed);
  const encrypted = 'encrypted' in request.socket;
  return host === request.headers.host && protocol === (encrypted ? 'https:' : 'http:');
}
