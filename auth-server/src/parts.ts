import type { AccessLists, Bans, ClaimStore } from '@sotto/store';
import type { AccountDesk } from './accounts/account-desk.js';
import type { SignUpDesk } from './accounts/complete-sign-up.js';
import type { ResetLinks } from './accounts/reset-links.js';
import type { SignInDesk } from './accounts/sign-in.js';
import type { SignUpLinks } from './accounts/sign-up-links.js';
import type { LinkTickets } from './devices/link-tickets.js';
import type { ErasureDesk } from './erasure/erasure-desk.js';
import type { Throttle } from './limits.js';
import type { Callers } from './routes/caller.js';
import type { RefreshCookie } from './routes/refresh-cookie.js';
import type { Tokens } from './sessions/access-tokens.js';
import type { Sessions } from './sessions/sessions.js';

/** Everything the routes work with, put together in server.ts. */
export interface Parts {
  readonly claims: ClaimStore;
  readonly access: AccessLists;
  readonly bans: Bans;
  readonly links: SignUpLinks;
  readonly signUps: SignUpDesk;
  readonly signIns: SignInDesk;
  readonly accounts: AccountDesk;
  readonly resets: ResetLinks;
  readonly tickets: LinkTickets;
  readonly erasures: ErasureDesk;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly callers: Callers;
  readonly cookie: RefreshCookie;
  readonly throttle: Throttle;
}
