import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeMailEvent, fromBase64url, type MailEvent } from '@sotto/protocol';
import { createLogger, listen, loadSecrets, type Secrets } from '@sotto/service';
import { AccessLists, type LogStore, MAILS, openLevelStores } from '@sotto/store';
import { PasswordHasher } from '../credentials/password-hasher.js';
import { AUTH_LIMITS, type AuthLimits } from '../limits.js';
import { createAuthServer } from '../server.js';
import { CountingClaims } from './counting-claims.js';
import { TestClient } from './test-client.js';

/** Limits that no test reaches by accident. */
function wide(): AuthLimits {
  const names = Object.keys(AUTH_LIMITS) as (keyof AuthLimits)[];
  return Object.fromEntries(names.map((name) => [name, { count: 100_000, withinMs: 1 }])) as AuthLimits;
}

export interface RunningServer {
  readonly url: string;
  readonly claims: CountingClaims;
  readonly log: LogStore;
  readonly access: AccessLists;
  readonly hasher: PasswordHasher;
  readonly secrets: Secrets;
  /** Every line that was logged. */
  readonly logged: string[];
  /** Server's time, which stands still until a test moves it. */
  readonly clock: { now: number };
  /** A browser of its own. */
  client(): TestClient;
  /** Mails waiting to be sent, oldest first. */
  mails(): Promise<MailEvent[]>;
  /** Has a link mailed and takes its secret out of the mail. */
  linkFor(email: string): Promise<Uint8Array>;
  /** Has a link for another password mailed and takes its secret out of the mail. */
  resetFor(email: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The real server on a port of its own, over real stores in a folder of their own. */
export async function startServer(
  limits: Partial<AuthLimits> = {},
  options: { secureCookies?: boolean; sweepMs?: number } = {},
): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-auth-'));
  const clock = { now: Date.now() };
  const stores = await openLevelStores(join(folder, 'store'), { now: () => clock.now });
  const claims = new CountingClaims(stores.claims);
  const access = new AccessLists(stores.log, stores.claims);
  const hasher = new PasswordHasher();
  const secrets = await loadSecrets(folder);
  const logged: string[] = [];
  const destination = { write: (line: string) => void logged.push(line) };
  const auth = createAuthServer({
    claims,
    log: stores.log,
    erasure: { settleMs: 0, ...(options.sweepMs !== undefined && { sweepMs: options.sweepMs }) },
    access,
    logger: createLogger({ name: 'auth', level: 'trace', destination }),
    secrets,
    origin: 'http://localhost:8080',
    secureCookies: options.secureCookies ?? false,
    now: () => clock.now,
    limits: { ...wide(), ...limits },
    hasher,
  });
  const server = await listen(auth.app, { port: 0, host: '127.0.0.1' });
  // A test that failed before it closed the server must not keep the process waiting.
  server.server.unref();
  const url = `http://127.0.0.1:${server.port}`;

  async function mails(): Promise<MailEvent[]> {
    return (await stores.claims.list({ prefix: MAILS })).map((claim) => decodeMailEvent(claim.body));
  }

  return {
    url,
    claims,
    log: stores.log,
    access,
    hasher,
    secrets,
    logged,
    clock,
    client: () => new TestClient(url),
    mails,
    async linkFor(email) {
      clock.now += 1;
      await new TestClient(url).post('/api/signup', { email });
      const mail = (await mails())
        .filter(({ to, template }) => to === email && template === 'sign-up')
        .at(-1);
      if (!mail) throw new Error('no mail');
      return fromBase64url(mail.link.split('#')[1]!);
    },
    async resetFor(email) {
      clock.now += 1;
      await new TestClient(url).post('/api/reset', { email });
      const mail = (await mails()).filter(({ to, template }) => to === email && template === 'reset').at(-1);
      if (!mail) throw new Error('no mail');
      return fromBase64url(mail.link.split('#')[1]!);
    },
    async close() {
      await server.close(0);
      await auth.close();
      access.close();
      await stores.close();
      await rm(folder, { recursive: true });
    },
  };
}
