import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import sirv from 'sirv';

/** Files under here carry a hash of their content in their name. */
const hashed = '/assets/';

function isNavigation({ method, headers }: IncomingMessage): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const mode = headers['sec-fetch-mode'];
  return mode === undefined ? (headers.accept ?? '').includes('text/html') : mode === 'navigate';
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(status === 404 ? 'Not found\n' : 'Method not allowed\n');
}

/**
 * Serves the built web app: compressed files where the browser takes them, hashed files for ever, all others checked
 * each time; any other page that somebody opens is the app's to show.
 * @param site folder of the build
 * @param headers set on every answer
 */
export function staticApp(site: string, headers: Readonly<Record<string, string>>): RequestListener {
  const serve = sirv(site, {
    brotli: true,
    gzip: true,
    etag: true,
    setHeaders: (response, path) => {
      const forever = path.startsWith(hashed);
      response.setHeader('Cache-Control', forever ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
    // Nothing here is large enough to be asked for in ranges.
    delete request.headers.range;
    serve(request, response, () => {
      if (!isNavigation(request) || request.url?.startsWith(hashed)) return refuse(response, 404);
      request.url = '/';
      serve(request, response, () => refuse(response, 404));
    });
  };
}
