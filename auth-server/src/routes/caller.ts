import type { AccessClaims, DeviceId, SessionId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Bans } from '@sotto/store';
import type { Request } from 'express';
import type { Tokens } from '../sessions/access-tokens.js';
import type { EndedSessions } from '../sessions/ended-sessions.js';

export interface Caller extends AccessClaims {
  readonly sid: SessionId;
}

/** A session that speaks for a device. */
export interface DeviceCaller extends Caller {
  readonly did: DeviceId;
}

/** Tells who is asking, by the access token in the `Authorization` header. */
export class Callers {
  readonly #bans: Bans;
  readonly #tokens: Tokens;
  readonly #ended: EndedSessions;

  constructor(tokens: Tokens, ended: EndedSessions, bans: Bans) {
    this.#bans = bans;
    this.#tokens = tokens;
    this.#ended = ended;
  }

  /** @throws ProtocolError `auth/token-invalid`, `auth/session-invalid` when the session is over, `auth/forbidden` of an account that is banned */
  readonly of = async (request: Request): Promise<Caller> => {
    const [scheme, token, ...rest] = (request.headers.authorization ?? '').split(' ');
    if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0)
      throw new ProtocolError('auth/token-invalid');
    const claims = await this.#tokens.verifyAccess(token);
    const sid = claims.sid as SessionId;
    if (await this.#ended.has(sid)) throw new ProtocolError('auth/session-invalid');
    await this.#bans.assertAllowed(claims.sub);
    return { ...claims, sid };
  };

  /** @throws ProtocolError as {@link of}, and `auth/forbidden` for a session without a device */
  readonly deviceOf = async (request: Request): Promise<DeviceCaller> => {
    const caller = await this.of(request);
    if (!caller.did) throw new ProtocolError('auth/forbidden', { detail: 'no device' });
    return { ...caller, did: caller.did };
  };
}
