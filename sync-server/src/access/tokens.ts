import type { AccountId, DeviceId, DocumentName, SessionId } from '@sotto/protocol';
import {
  ACCESS_AUDIENCE,
  accessClaims,
  DOCUMENT_AUDIENCE,
  documentClaims,
  ProtocolError,
  parseDocumentName,
  parseId,
  TOKEN_ISSUER,
} from '@sotto/protocol';
import type { JWTPayload } from 'jose';
import { jwtVerify } from 'jose';
import * as v from 'valibot';
import type { Identity } from './identity.js';

/** Public key that verifies tokens: a JWK, a KeyObject or a CryptoKey. */
export type TokenKey = Parameters<typeof jwtVerify>[1] & object;

export interface AccessToken {
  readonly identity: Identity;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface DocumentToken extends AccessToken {
  readonly document: DocumentName;
  /** The Yjs client id that the token grants. */
  readonly client: number;
}

/** Reads the tokens that the auth server signs (SPEC A1, H14). */
export class Tokens {
  readonly #key: TokenKey;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(key: TokenKey, now: () => number) {
    this.#key = key;
    this.#now = now;
  }

  /** @throws ProtocolError `auth/token-invalid`, or `auth/forbidden` for a session without a device */
  async access(token: string): Promise<AccessToken> {
    const payload = await this.#verify(token, ACCESS_AUDIENCE);
    const claims = v.safeParse(accessClaims, payload);
    if (!claims.success) throw new ProtocolError('auth/token-invalid');
    const { sub, sid, did } = claims.output;
    if (did === undefined) throw new ProtocolError('auth/forbidden', { detail: 'session without device' });
    return { identity: identityOf(sub, sid, did), expiresAt: payload.exp! * 1_000 };
  }

  /** @throws ProtocolError `auth/token-invalid` */
  async document(token: string): Promise<DocumentToken> {
    const payload = await this.#verify(token, DOCUMENT_AUDIENCE);
    const claims = v.safeParse(documentClaims, payload);
    if (!claims.success || !Number.isSafeInteger(claims.output.cid) || claims.output.cid < 0)
      throw new ProtocolError('auth/token-invalid');
    const { sub, sid, did, doc, cid } = claims.output;
    return {
      identity: identityOf(sub, sid, did),
      expiresAt: payload.exp! * 1_000,
      document: documentOf(doc),
      client: cid,
    };
  }

  async #verify(token: string, audience: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        issuer: TOKEN_ISSUER,
        audience,
        algorithms: ['EdDSA'],
        requiredClaims: ['exp', 'jti', 'sub'],
        currentDate: new Date(this.#now()),
      });
      return payload;
    } catch {
      // The cause may quote the token.
      throw new ProtocolError('auth/token-invalid');
    }
  }
}

function identityOf(account: AccountId, sid: string, device: DeviceId): Identity {
  try {
    return { account, session: parseId<SessionId>(sid), device };
  } catch {
    throw new ProtocolError('auth/token-invalid');
  }
}

function documentOf(name: string): DocumentName {
  try {
    return parseDocumentName(name).name;
  } catch {
    throw new ProtocolError('auth/token-invalid');
  }
}
