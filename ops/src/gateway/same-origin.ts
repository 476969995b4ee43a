import type { IncomingMessage } from 'node:http';

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
