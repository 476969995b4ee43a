import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificate.js';
import { StartError } from './start-error.js';

/** Bounds how long a slow sender can hold a connection, milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;

const reasons: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (_host, port) => `Port ${port} is taken; choose another with npm start -- --port ${port + 1}.`,
  EACCES: (_host, port) => `No permission to listen on port ${port}; choose one from 1024 up with --port.`,
  EADDRNOTAVAIL: (host) => `This machine has no address ${host}; choose another with --host.`,
  ENOTFOUND: (host) => `There is no host ${host}; choose another with --host.`,
};

/** A server that speaks TLS when there is a certificate. */
export function createHttpServer(certificate: Certificate | undefined, answer: RequestListener): Server {
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS };
  if (!certificate) return createServer(limits, answer);
  const { cert, key } = certificate;
  return createTlsServer({ ...limits, cert, key, minVersion: 'TLSv1.2' }, answer);
}

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
