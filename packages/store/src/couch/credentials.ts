import type { CouchAuth } from './settings.js';

/** What one request said and got. */
export interface Exchange {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Asks for a session cookie. */
export type SignIn = (name: string, password: string) => Promise<Exchange>;

const COOKIE = /^(AuthSession=[^;]*)/;

/** The headers that prove who the servers are. One sign-in at a time, whoever asks. */
export class Credentials {
  readonly #auth: CouchAuth;
  readonly #signIn: SignIn;
  #headers: Promise<Record<string, string>> | undefined;

  constructor(auth: CouchAuth, signIn: SignIn) {
    this.#auth = auth;
    this.#signIn = signIn;
  }

  /** @throws what the sign-in throws, or an Error that says it was refused */
  headers(): Promise<Record<string, string>> {
    this.#headers ??= this.#fresh().catch((error: unknown) => {
      this.#headers = undefined;
      throw error;
    });
    return this.#headers;
  }

  /** These were refused: the next request signs in anew, unless another did already. */
  refused(headers: Promise<Record<string, string>>): void {
    if (this.#headers === headers) this.#headers = undefined;
  }

  /** CouchDB renews a cookie in any answer before it runs out. */
  heard({ headers }: Exchange): void {
    const cookie = this.#auth.kind === 'cookie' ? cookieIn(headers['set-cookie']) : undefined;
    if (cookie) this.#headers = Promise.resolve({ cookie });
  }

  async #fresh(): Promise<Record<string, string>> {
    const auth = this.#auth;
    if (auth.kind === 'none') return {};
    if (auth.kind === 'jwt') return { authorization: `Bearer ${await auth.token()}` };
    const { status, headers } = await this.#signIn(auth.name, auth.password);
    const cookie = cookieIn(headers['set-cookie']);
    if (status !== 200 || !cookie) throw new Error(`CouchDB refused to sign in: ${status}`);
    return { cookie };
  }
}

function cookieIn(values: string | string[] | undefined): string | undefined {
  for (const value of [values ?? []].flat()) {
    const cookie = COOKIE.exec(value)?.[1];
    if (cookie && cookie !== 'AuthSession=') return cookie;
  }
  return undefined;
}
