import { ProtocolError, type sessionResponse } from '@sotto/protocol';
import type { InferOutput } from 'valibot';

/** A session that stands, with its access token. */
export type Session = InferOutput<typeof sessionResponse>;

/** A token with less left than this is renewed first, milliseconds. */
const RENEW_BEFORE_MS = 60_000;

/** Holds the access token in memory and renews it in time, once for all who wait. */
export class AccessSession {
  readonly #renew: () => Promise<Session>;
  readonly #now: () => number;
  #held: { readonly session: Session; readonly until: number } | undefined;
  #renewing: Promise<Session> | undefined;
  /** Changes with every sign-in and sign-out: what was asked for before does not count any more. */
  #generation = 0;

  constructor(renew: () => Promise<Session>, now: () => number) {
    this.#renew = renew;
    this.#now = now;
  }

  get current(): Session | undefined {
    return this.#held?.session;
  }

  /** Takes the session that an answer brought. */
  hold<S extends Session>(session: S): S {
    this.#generation += 1;
    this.#held = { session, until: this.#now() + session.expiresIn * 1000 };
    return session;
  }

  drop(): void {
    this.#generation += 1;
    this.#held = undefined;
  }

  /** A token good for a minute at least. @throws ProtocolError `auth/session-invalid`, `service/unavailable` */
  async token(): Promise<string> {
    const held = this.#held;
    if (held && held.until - this.#now() >= RENEW_BEFORE_MS) return held.session.accessToken;
    return (await this.renew()).accessToken;
  }

  /** Asks for a new token now; whoever asks meanwhile gets the same one. */
  renew(): Promise<Session> {
    this.#renewing ??= this.#renewed().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renewed(): Promise<Session> {
    const generation = this.#generation;
    try {
      const session = await this.#renew();
      return generation === this.#generation ? this.hold(session) : session;
    } catch (error) {
      const isOver = error instanceof ProtocolError && error.retry === 'sign-in';
      if (isOver && generation === this.#generation) this.drop();
      throw error;
    }
  }
}
