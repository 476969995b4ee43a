import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as ask } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** TLS before a plain HTTP server of this machine, under a certificate that nobody knows. */
export interface TlsProxy {
  readonly port: number;
  /** File of the certificate: `NODE_EXTRA_CA_CERTS` of who shall trust it. */
  readonly certificate: string;
  /** Requests that came through. */
  readonly passed: number;
  stop(): Promise<void>;
}

/** @param target whose host and port count */
export async function startTlsProxy(target: URL): Promise<TlsProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-tls-'));
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const certificate = join(folder, 'certificate.pem');
  await writeFile(certificate, made.cert);
  let passed = 0;
  const server = createServer({ key: made.private, cert: made.cert }, (incoming, outgoing) => {
    passed += 1;
    const { method, url: path, headers } = incoming;
    const { hostname: host, port } = target;
    const onward = ask({ host, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => outgoing.destroy());
    outgoing.once('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    get passed() {
      return passed;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
