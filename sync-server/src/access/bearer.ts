import { ProtocolError } from '@sotto/protocol';
import type { Request } from '@sotto/service';
import type { Bans, ClaimStore } from '@sotto/store';
import { sessionEndedKey } from '@sotto/store';
import type { Identity } from './identity.js';
import type { Tokens } from './tokens.js';

/**
 * Who asks over HTTP (A1, for one request): a device's session that stands, of an account that is not banned.
 * @throws ProtocolError `auth/token-invalid`, `auth/forbidden`, `auth/session-invalid`, and as a ban says
 */
export async function readBearer(
  request: Request,
  { tokens, claims, bans }: { readonly tokens: Tokens; readonly claims: ClaimStore; readonly bans: Bans },
): Promise<Identity> {
  const [, token] = /^Bearer ([^\s]+)$/.exec(request.get('authorization') ?? '') ?? [];
  if (token === undefined) throw new ProtocolError('auth/token-invalid');
  const { identity } = await tokens.access(token);
  if (await claims.get(sessionEndedKey(identity.session))) throw new ProtocolError('auth/session-invalid');
  await bans.assertAllowed(identity.account);
  return identity;
}
