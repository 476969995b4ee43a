import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { closeServer, createLogger, Health, type Logger, type ShutdownStep } from '@sotto/service';
import { type GatewayParts, gatewayRequests, gatewayUpgrades } from '../gateway/gateway.js';
import { hearsLocalhost, isLocalOrigin, isLoopback, namesFor, originOf } from './addresses.js';
import type { Announcement } from './announce.js';
import { type Certificate, ownCertificate, readCertificate } from './certificate.js';
import { prepareDataFolder } from './data-folder.js';
import { createHttpServer, listen } from './http-server.js';
import { openLogFile } from './log-file.js';
import { type MailSettings, readMailSettings } from './mail.js';
import type { StartOptions } from './options.js';
import { createServices } from './services.js';
import { openSecrets, openStores } from './stores.js';
import { openWebApp } from './web-app.js';

/** About when devices come back after an orderly end, milliseconds. */
const RETURN_MS = 2_000;

export interface OneProcess {
  readonly announcement: Announcement;
  readonly logger: Logger;
  /** What is to be done at the end, in this order. */
  readonly closing: readonly ShutdownStep[];
}

async function certificateFor({ certificate, host, data }: StartOptions): Promise<Certificate | undefined> {
  if (certificate) return readCertificate(certificate);
  return isLoopback(host) ? undefined : ownCertificate(data, namesFor(host));
}

const notYet: RequestListener = (_request, response) => void response.writeHead(503).end();

/**
 * Where the mailbox is; see {@link Announcement}. A proxy on this machine may look like this machine in everything that
 * a request says, so there is none where people come by another name.
 */
function mailboxAddress(
  { host, origin }: StartOptions,
  mail: MailSettings,
  local: string,
): Announcement['mailbox'] {
  if (mail.url !== undefined) return undefined;
  if (origin !== undefined && !isLocalOrigin(origin)) return 'none';
  return hearsLocalhost(host) ? local : '';
}

/**
 * Starts every service in this process, on one port.
 * @throws StartError; what was opened until then is the caller's to end, by ending the process
 */
export async function startOneProcess(options: StartOptions, env: NodeJS.ProcessEnv): Promise<OneProcess> {
  const { host, data } = options;
  prepareDataFolder(data);
  const certificate = await certificateFor(options);
  // A browser that once saw HSTS for localhost would refuse everything else that runs there.
  const hsts = certificate !== undefined && !isLoopback(host);
  const app = openWebApp(hsts);

  let answer = notYet;
  const server = createHttpServer(certificate, (request, response) => answer(request, response));
  const port = await listen(server, host, options.port);
  const origin = options.origin ?? originOf(host, port, certificate !== undefined);

  const mail = readMailSettings(env, origin);
  const stores = await openStores(data);
  const secrets = await openSecrets(data);
  const logger = createLogger({ name: 'sotto', destination: openLogFile(join(data, 'sotto.log')) });
  const health = new Health();
  const services = await createServices({ stores, secrets, logger, health, origin, hsts, mail });
  const { sync, api, attachments, front } = services;

  const local = `${certificate ? 'https' : 'http'}://localhost:${port}/mailbox`;
  const mailboxAt = mailboxAddress(options, mail, local);
  const mailbox = mailboxAt === undefined || mailboxAt === 'none' ? undefined : front;
  const takeSocket: GatewayParts['sync'] = (...upgrade) => sync.handleUpgrade(...upgrade);
  const parts = { origin, api, attachments, health: front, mailbox, app, sync: takeSocket };
  answer = gatewayRequests(parts);
  server.on('upgrade', gatewayUpgrades(parts));
  return {
    announcement: {
      origin,
      data,
      mailbox: mailboxAt,
      fingerprint: options.certificate ? undefined : certificate?.fingerprint,
    },
    logger,
    closing: [
      { name: 'readiness', run: () => health.drain() },
      { name: 'sockets', run: () => sync.drain(RETURN_MS) },
      { name: 'port', run: () => closeServer(server) },
      { name: 'services', run: () => services.close() },
      { name: 'stores', run: () => stores.close() },
    ],
  };
}
