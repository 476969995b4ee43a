import type { AccountId, DeviceId, SessionId } from '@sotto/protocol';
import { idFromBytes, ProtocolError, randomId } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import { hmac } from '../records/hash.js';
import {
  accountSessionKey,
  accountSessionPrefix,
  refreshKey,
  refreshPrefix,
  sessionDeviceKey,
  sessionKey,
} from '../records/keys.js';
import { ownOnce, ownSame } from '../records/own-same.js';
import { emptyRecord, refreshUseRecord, sessionDeviceRecord, sessionRecord } from '../records/record.js';
import type { EndedSessions } from './ended-sessions.js';
import { readRefreshToken, writeRefreshToken } from './refresh-token.js';

/** A session lasts this long after it was last refreshed, milliseconds. */
export const SESSION_MS = 60 * 24 * 60 * 60 * 1_000;

export interface Session {
  readonly id: SessionId;
  readonly account: AccountId;
  readonly device?: DeviceId;
}

/** A session and the refresh token that continues it. */
export interface Continued {
  readonly session: Session;
  readonly refreshToken: string;
}

function ofAnotherDevice(): ProtocolError {
  return new ProtocolError('auth/forbidden', { detail: 'session of another device' });
}

/** Sign-ins and their rotating refresh tokens. */
export class Sessions {
  readonly #claims: ClaimStore;
  readonly #ended: EndedSessions;
  readonly #key: Uint8Array;
  readonly #now: () => number;

  /** @param key secret that refresh tokens are derived under */
  constructor(claims: ClaimStore, ended: EndedSessions, key: Uint8Array, now: () => number) {
    this.#claims = claims;
    this.#ended = ended;
    this.#key = key;
    this.#now = now;
  }

  begin(account: AccountId, device?: DeviceId): Promise<Continued> {
    return this.#begin(randomId<SessionId>(), account, device);
  }

  /**
   * Begins the one session that something used once leads to, or gives the same one again while nobody has used it.
   * @param from what it is begun by, such as a link ticket
   * @throws ProtocolError `auth/link-used`
   */
  async beginOnce(from: string, account: AccountId, device: DeviceId): Promise<Continued> {
    const id = idFromBytes<SessionId>(hmac(this.#key, `session by ${from}`).slice(0, 16));
    const begun = await this.#begin(id, account, device);
    const isUsed = (await this.#newestUse(id)).generation >= 0 || (await this.#ended.hasForSure(id));
    if (isUsed) throw new ProtocolError('auth/link-used');
    return begun;
  }

  async #begin(id: SessionId, account: AccountId, device?: DeviceId): Promise<Continued> {
    const bound = device ? { device } : {};
    // The index first: a session that ending all of an account's sessions would miss must not exist.
    await ownOnce(this.#claims, accountSessionKey(account, id), emptyRecord.encode({ v: 1 }));
    const record = sessionRecord.encode({ v: 1, account, ...bound, created: this.#now() });
    await ownOnce(this.#claims, sessionKey(id), record);
    return { session: { id, account, ...bound }, refreshToken: this.#token(id, 0) };
  }

  /** Ends those sessions of an account for which `isOver` says so. */
  async endOf(account: AccountId, isOver: (session: Session) => boolean): Promise<void> {
    const prefix = accountSessionPrefix(account);
    for (const { key } of await this.#claims.list({ prefix })) {
      const session = await this.#find(key.slice(prefix.length) as SessionId);
      if (session && isOver(session)) await this.#ended.end(session.id);
    }
  }

  /** The session that a refresh token belongs to, ended or not. */
  async ofToken(text: string | undefined): Promise<Session | undefined> {
    const token = text === undefined ? undefined : readRefreshToken(this.#key, text);
    return token && this.#find(token.session);
  }

  /**
   * Uses a refresh token. One that was used already gets its successor again, as long as the successor was never
   * used: its answer was lost. Any older one is a copy in other hands and ends the session.
   * @throws ProtocolError `auth/session-invalid`
   */
  async refresh(text: string | undefined): Promise<Continued> {
    const token = text === undefined ? undefined : readRefreshToken(this.#key, text);
    if (!token) throw new ProtocolError('auth/session-invalid');
    const id = token.session;
    const session = await this.#standing(id);
    const newest = await this.#newestUse(id);
    if (token.generation < newest.generation || token.generation > newest.generation + 1) {
      await this.#ended.end(id);
      throw new ProtocolError('auth/session-invalid', { detail: 'token used before' });
    }
    if (this.#now() - (newest.at ?? session.created) > SESSION_MS)
      throw new ProtocolError('auth/session-invalid', { detail: 'expired' });
    if (token.generation > newest.generation) await this.#use(id, token.generation);
    return { session, refreshToken: this.#token(id, token.generation + 1) };
  }

  /** Ends the session that a refresh token belongs to, if it is one of ours. */
  async end(text: string | undefined): Promise<void> {
    const token = text === undefined ? undefined : readRefreshToken(this.#key, text);
    if (token) await this.#ended.end(token.session);
  }

  /**
   * Whether a session may be bound to this device.
   * @throws ProtocolError `auth/forbidden` when it speaks for another device already, `auth/session-invalid`
   */
  async requireBindable(session: SessionId, device: DeviceId): Promise<void> {
    const { device: bound } = await this.#standing(session);
    if (bound !== undefined && bound !== device) throw ofAnotherDevice();
  }

  /**
   * Binds a session to a device for the rest of its life.
   * @throws ProtocolError `auth/forbidden` when it speaks for another device already
   */
  async bind(session: SessionId, device: DeviceId): Promise<void> {
    const { device: bound } = await this.#standing(session);
    if (bound === device) return;
    const record = sessionDeviceRecord.encode({ v: 1, device });
    if (bound !== undefined || !(await ownSame(this.#claims, sessionDeviceKey(session), record)))
      throw ofAnotherDevice();
  }

  async #standing(id: SessionId): Promise<Session & { created: number }> {
    const session = await this.#find(id);
    if (!session || (await this.#ended.hasForSure(id))) throw new ProtocolError('auth/session-invalid');
    return session;
  }

  async #find(id: SessionId): Promise<(Session & { created: number }) | undefined> {
    const claim = await this.#claims.get(sessionKey(id));
    if (!claim) return undefined;
    const { account, device: first, created } = sessionRecord.decode(claim.body);
    const device = first ?? (await this.#boundLater(id));
    return { id, account, created, ...(device ? { device } : {}) };
  }

  async #boundLater(id: SessionId): Promise<DeviceId | undefined> {
    const claim = await this.#claims.get(sessionDeviceKey(id));
    return claim && sessionDeviceRecord.decode(claim.body).device;
  }

  async #newestUse(id: SessionId): Promise<{ generation: number; at?: number }> {
    const [claim] = await this.#claims.list({ prefix: refreshPrefix(id), limit: 1, reverse: true });
    if (!claim) return { generation: -1 };
    const generation = Number(claim.key.slice(refreshPrefix(id).length));
    return { generation, at: refreshUseRecord.decode(claim.body).at };
  }

  /** Of requests with the same token at once, one owns its use and the others count as repeated. */
  async #use(id: SessionId, generation: number): Promise<void> {
    await ownOnce(
      this.#claims,
      refreshKey(id, generation),
      refreshUseRecord.encode({ v: 1, at: this.#now() }),
    );
    // The newest use tells everything; older ones only take room.
    if (generation > 0) await this.#claims.remove(refreshKey(id, generation - 1));
  }

  #token(session: SessionId, generation: number): string {
    return writeRefreshToken(this.#key, { session, generation });
  }
}
