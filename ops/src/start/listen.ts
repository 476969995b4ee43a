import type { AddressInfo, Server } from 'node:net';
import { StartError } from './start-error.js';

const reasons: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (_host, port) => `Port ${port} is taken; choose another with npm start -- --port ${port + 1}.`,
  EACCES: (_host, port) => `No permission to listen on port ${port}; choose one from 1024 up with --port.`,
  EADDRNOTAVAIL: (host) => `This machine has no address ${host}; choose another with --host.`,
  ENOTFOUND: (host) => `There is no host ${host}; choose another with --host.`,
};

/**
 * Begins to listen.
 * @returns the port, chosen by the system when `port` is 0
 * @throws StartError
 */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const reason = reasons[error.code ?? ''];
      reject(
        new StartError(reason ? reason(host, port) : `Cannot listen on ${host}:${port}: ${error.message}.`),
      );
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
