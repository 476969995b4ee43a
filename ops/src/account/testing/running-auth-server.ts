import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthServer } from '@sotto/auth-server';
import { type AccountApi, createAccountApi, createCookieJar } from '@sotto/client/account';
import { decodeMailEvent, type MailTemplate } from '@sotto/protocol';
import { createLogger, listen, loadSecrets } from '@sotto/service';
import { AccessLists, openLevelStores } from '@sotto/store';

export interface RunningAuthServer {
  /** The API as one browser has it: cookies of its own, and requests that a test may interfere with. */
  browser(interfere?: Interference): AccountApi;
  /** Has a link mailed and takes its token out of the mail. */
  linkFor(email: string): Promise<string>;
  /** The same for another password. */
  resetFor(email: string): Promise<string>;
  close(): Promise<void>;
}

/** Sees each request and what sends it on. */
export type Interference = (path: string, send: () => Promise<Response>) => Promise<Response>;

/** The auth server over LevelDB in a folder of its own, on a free port. */
export async function runAuthServer(): Promise<RunningAuthServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-account-'));
  const stores = await openLevelStores(join(folder, 'store'));
  const access = new AccessLists(stores.log, stores.claims);
  const auth = createAuthServer({
    claims: stores.claims,
    log: stores.log,
    access,
    logger: createLogger({ name: 'auth-server', level: 'silent' }),
    secrets: await loadSecrets(folder),
    origin: 'http://localhost:8080',
    secureCookies: false,
  });
  const server = await listen(auth.app, { port: 0, host: '127.0.0.1' });
  const origin = `http://127.0.0.1:${server.port}`;

  function browser(interfere: Interference = (_path, send) => send()): AccountApi {
    return createAccountApi({
      origin,
      cookies: createCookieJar(),
      fetch: (input, init) => interfere(new URL(String(input)).pathname, () => fetch(input, init)),
    });
  }

  async function mailedLink(email: string, template: MailTemplate): Promise<string> {
    const claims = await stores.claims.list({ prefix: 'mail:' });
    const mail = claims
      .map(({ body }) => decodeMailEvent(body))
      .findLast((sent) => sent.to === email && sent.template === template);
    if (!mail) throw new Error('no link was mailed');
    return mail.link.split('#')[1]!;
  }

  return {
    browser,
    async linkFor(email) {
      await browser().requestSignUp({ email });
      return mailedLink(email, 'sign-up');
    },
    async resetFor(email) {
      await browser().requestReset({ email });
      return mailedLink(email, 'reset');
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
