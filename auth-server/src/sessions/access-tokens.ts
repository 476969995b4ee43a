import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import type { AccessClaims, DocumentClaims } from '@sotto/protocol';
import {
  ACCESS_AUDIENCE,
  accessClaims,
  DOCUMENT_AUDIENCE,
  ProtocolError,
  TOKEN_ISSUER,
} from '@sotto/protocol';
import type { TokenKey } from '@sotto/service';
import { jwtVerify, SignJWT } from 'jose';
import * as v from 'valibot';

/** Seconds that an access token lasts, and one for a document. */
export const TOKEN_SECONDS = 600;

/** Signs and reads tokens (EdDSA, RFC 8037). */
export class Tokens {
  readonly #signingKey: KeyObject;
  readonly #verifyingKey: KeyObject;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(key: TokenKey, now: () => number) {
    this.#signingKey = createPrivateKey({ key, format: 'jwk' });
    this.#verifyingKey = createPublicKey(this.#signingKey);
    this.#now = now;
  }

  access(claims: AccessClaims): Promise<string> {
    return this.#sign(ACCESS_AUDIENCE, claims);
  }

  document(claims: DocumentClaims): Promise<string> {
    return this.#sign(DOCUMENT_AUDIENCE, claims);
  }

  /** @throws ProtocolError `auth/token-invalid` */
  async verifyAccess(token: string): Promise<AccessClaims> {
    try {
      const { payload } = await jwtVerify(token, this.#verifyingKey, {
        issuer: TOKEN_ISSUER,
        audience: ACCESS_AUDIENCE,
        algorithms: ['EdDSA'],
        requiredClaims: ['exp', 'jti', 'sub'],
        currentDate: new Date(this.#now()),
      });
      return v.parse(accessClaims, payload);
    } catch {
      // The cause may quote the token.
      throw new ProtocolError('auth/token-invalid');
    }
  }

  #sign(audience: string, { sub, ...claims }: AccessClaims | DocumentClaims): Promise<string> {
    const seconds = Math.floor(this.#now() / 1_000);
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(TOKEN_ISSUER)
      .setAudience(audience)
      .setSubject(sub)
      .setJti(randomUUID())
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + TOKEN_SECONDS)
      .sign(this.#signingKey);
  }
}
