import type { SessionId } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import { parseSessionEndedKey, SESSIONS_ENDED, sessionEndedKey } from '@sotto/store';
import { ownOnce } from '../records/own-same.js';
import { emptyRecord } from '../records/record.js';

/** Which sessions are over, kept in memory and followed as they end on whichever server. */
export class EndedSessions {
  readonly #claims: ClaimStore;
  readonly #ended = new Set<SessionId>();
  readonly #ready: Promise<void>;
  readonly #unwatch: () => void;

  constructor(claims: ClaimStore) {
    this.#claims = claims;
    // First the subscription, so that nothing falls between it and the list.
    this.#unwatch = claims.watch(SESSIONS_ENDED, ({ key }) => this.#ended.add(parseSessionEndedKey(key)));
    this.#ready = this.#load();
    this.#ready.catch(() => undefined);
  }

  async has(session: SessionId): Promise<boolean> {
    await this.#ready;
    return this.#ended.has(session);
  }

  /** As {@link has}, but asks the store where memory says no: for decisions that last. */
  async hasForSure(session: SessionId): Promise<boolean> {
    if (await this.has(session)) return true;
    return (await this.#claims.get(sessionEndedKey(session))) !== undefined;
  }

  /** Ends a session for good, on every server. */
  async end(session: SessionId): Promise<void> {
    await ownOnce(this.#claims, sessionEndedKey(session), emptyRecord.encode({ v: 1 }));
    this.#ended.add(session);
  }

  close(): void {
    this.#unwatch();
  }

  async #load(): Promise<void> {
    const ended = await this.#claims.list({ prefix: SESSIONS_ENDED });
    for (const { key } of ended) this.#ended.add(parseSessionEndedKey(key));
  }
}
