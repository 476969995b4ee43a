import * as v from 'valibot';
import { accountId, deviceId } from '../bytes/schemas.js';

/** `iss` of every token. */
export const TOKEN_ISSUER = 'sotto';
/** `aud` of an access token: HTTP API and multiplexed socket. */
export const ACCESS_AUDIENCE = 'sotto';
/** `aud` of a token that joins one document. */
export const DOCUMENT_AUDIENCE = 'sotto-document';

/** What an access token says (EdDSA; `exp` and `jti` are checked with the signature). `did` is absent until a device is linked. */
export const accessClaims = v.object({ sub: accountId, sid: v.string(), did: v.optional(deviceId) });
export type AccessClaims = v.InferOutput<typeof accessClaims>;

/** What a document token says; `cid` is the Yjs client id granted with it, which its document must use. */
export const documentClaims = v.object({
  sub: accountId,
  sid: v.string(),
  did: deviceId,
  doc: v.string(),
  cid: v.number(),
});
export type DocumentClaims = v.InferOutput<typeof documentClaims>;
