import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthServer } from '@sotto/auth-server';
import { createLogger, loadSecrets } from '@sotto/service';
import { AccessLists, connectStores, couchSettingsFrom, openCouchStores } from '@sotto/store';

/** An auth server of its own over the same store, by the environment that the run gives it. */
const { STORE_SOCKET, SECRETS_FOLDER } = process.env;
const PLENTY = { count: 1_000_000, withinMs: 60_000 };

const stores = STORE_SOCKET
  ? connectStores(STORE_SOCKET)
  : await openCouchStores(couchSettingsFrom(process.env));
const logger = createLogger({ name: 'auth', level: 'warn' });
const auth = createAuthServer({
  claims: stores.claims,
  log: stores.log,
  access: new AccessLists(stores.log, stores.claims),
  logger,
  secrets: await loadSecrets(SECRETS_FOLDER!),
  origin: 'http://localhost',
  secureCookies: false,
  // One machine plays everybody here.
  limits: { signUpFromNetwork: PLENTY, linkFromNetwork: PLENTY },
});
const server = createServer(auth.app).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`"port":${port},"msg":"ready"`);
});
