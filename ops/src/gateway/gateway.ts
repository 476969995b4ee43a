import type { IncomingMessage, RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { isSameOrigin } from './same-origin.js';

export interface GatewayParts {
  /** Under which people reach Sotto. */
  readonly origin: string;
  /** Answers everything under `/api`. */
  readonly api: RequestListener;
  /** Answers everything under `/sync/attachments` and `/sync/segments`. */
  readonly attachments: RequestListener;
  /** Answers `/healthz` and `/readyz`. */
  readonly health: RequestListener;
  /** Answers everything under `/mailbox`, to this machine alone as it sees to itself; absent when a mail server sends the mails. */
  readonly mailbox: RequestListener | undefined;
  /** Everything else. */
  readonly app: RequestListener;
  /** Takes WebSockets under `/sync`. */
  readonly sync: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Sends requests that came in by the one port to the part that answers them. */
export function gatewayRequests({ api, attachments, health, mailbox, app }: GatewayParts): RequestListener {
  return (request, response) => {
    const path = pathOf(request);
    if (isUnder(path, '/api')) return api(request, response);
    if (isUnder(path, '/sync/attachments') || isUnder(path, '/sync/segments'))
      return attachments(request, response);
    if (path === '/healthz' || path === '/readyz') return health(request, response);
    if (mailbox && isUnder(path, '/mailbox')) return mailbox(request, response);
    return app(request, response);
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Sends WebSockets to the sync server, from Sotto's own pages and from programs that are no browser. */
export function gatewayUpgrades({ origin, sync }: GatewayParts): GatewayParts['sync'] {
  return (request, socket, head) => {
    // Nobody listens yet: an error of a connection that breaks here must not end the process.
    socket.on('error', () => socket.destroy());
    if (!isUnder(pathOf(request), '/sync')) return refuse(socket, '404 Not Found');
    if (!isSameOrigin(request, origin)) return refuse(socket, '403 Forbidden');
    sync(request, socket, head);
  };
}
