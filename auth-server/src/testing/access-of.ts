import { type AccessClaims, accessClaims } from '@sotto/protocol';
import { decodeJwt } from 'jose';
import * as v from 'valibot';

/** What an access token says, unverified. */
export function accessOf(token: string): AccessClaims {
  return v.parse(accessClaims, decodeJwt(token));
}
