import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Connections that may wait to be accepted: the same for every server. */
const BACKLOG = 4_096;

/** Lets a server listen on a free port of this machine. @returns the port */
export function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}
