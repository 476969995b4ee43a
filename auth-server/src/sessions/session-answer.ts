import type { sessionResponse } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Bans, ClaimStore } from '@sotto/store';
import type { InferOutput } from 'valibot';
import { accountState } from '../records/account-state.js';
import type { Tokens } from './access-tokens.js';
import { TOKEN_SECONDS } from './access-tokens.js';
import type { Session } from './sessions.js';

export type SessionAnswer = InferOutput<typeof sessionResponse>;

/**
 * What a client is told of its session, with a fresh access token.
 * @throws ProtocolError `auth/session-invalid`, `auth/forbidden` of an account that is banned
 */
export async function answerSession(
  { claims, tokens, bans }: { readonly claims: ClaimStore; readonly tokens: Tokens; readonly bans: Bans },
  session: Session,
): Promise<SessionAnswer> {
  await bans.assertAllowed(session.account);
  const found = await accountState(claims, session.account);
  if (found.state !== 'live') throw new ProtocolError('auth/session-invalid');
  const device = session.device ? { device: session.device } : {};
  const did = session.device ? { did: session.device } : {};
  return {
    account: session.account,
    username: found.record.username,
    email: found.record.email,
    ...device,
    accessToken: await tokens.access({ sub: session.account, sid: session.id, ...did }),
    expiresIn: TOKEN_SECONDS,
  };
}
