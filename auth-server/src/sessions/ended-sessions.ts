import type { SessionId } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import { isSessionEndedKey, parseSessionEndedKey, SESSIONS_ENDED, sessionEndedKey } from '@sotto/store';
import { ownOnce } from '../records/own-same.js';
import { emptyRecord } from '../records/record.js';

/** Remembered for longer than any access token lasts, milliseconds; older ones are the store's to know. */
const REMEMBERED_MS = 60 * 60 * 1_000;

/** Which sessions ended lately, kept in memory and followed as they end on whichever server. */
export class EndedSessions {
  readonly #claims: ClaimStore;
  readonly #now: () => number;
  /** When each ended, about in that order. */
  readonly #ended = new Map<SessionId, number>();
  /** Those of before; undefined when they could not be read, and are to be read again. */
  #loading: Promise<void> | undefined;
  readonly #unwatch: () => void;

  /** @param now milliseconds since 1970 */
  constructor(claims: ClaimStore, now: () => number) {
    this.#claims = claims;
    this.#now = now;
    // First the subscription, so that nothing falls between it and the list.
    this.#unwatch = claims.watch(
      SESSIONS_ENDED,
      ({ key, at }) => {
        if (isSessionEndedKey(key)) this.#add(parseSessionEndedKey(key), at);
      },
      // Some may have been missed: whoever asks next reads them.
      () => {
        this.#loading = undefined;
      },
    );
    // Whoever asks is told of a failure, and reads again.
    this.#loaded().catch(() => undefined);
  }

  /** @throws ProtocolError when those of before can't be read now; the next call tries again */
  async has(session: SessionId): Promise<boolean> {
    await this.#loaded();
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
    this.#add(session, this.#now());
  }

  close(): void {
    this.#unwatch();
  }

  #loaded(): Promise<void> {
    this.#loading ??= this.#load().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #load(): Promise<void> {
    const ended = await this.#claims.list({ prefix: SESSIONS_ENDED });
    for (const { key, at } of ended) if (isSessionEndedKey(key)) this.#add(parseSessionEndedKey(key), at);
  }

  #add(session: SessionId, at: number): void {
    const oldest = this.#now() - REMEMBERED_MS;
    for (const [known, endedAt] of this.#ended) {
      if (endedAt >= oldest) break;
      this.#ended.delete(known);
    }
    if (at >= oldest) this.#ended.set(session, at);
  }
}
