import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RunningServer {
  readonly server: Server;
  readonly port: number;
  /** Takes no more connections; resolves when the requests under way are answered, or after `graceMs` cuts them. */
  close(graceMs?: number): Promise<void>;
}

/** Bounds how long a slow sender can hold a connection, milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
const GRACE_MS = 5_000;

/**
 * Serves `app` over HTTP.
 * @param where `port` 0 takes a free one; `host` is every interface unless told
 * @throws the system's error, such as `EADDRINUSE`
 */
export async function listen(
  app: RequestListener,
  where: { readonly port: number; readonly host?: string },
): Promise<RunningServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return { server, port, close: (graceMs) => closeServer(server, graceMs) };
}

/** Takes no more connections; resolves when the requests under way are answered, or after `graceMs` cuts them. */
export async function closeServer(server: Server, graceMs = GRACE_MS): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  try {
    await new Promise<void>((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeIdleConnections();
    });
  } finally {
    clearTimeout(cut);
  }
}
