import type { Logger } from '@sotto/service';
import type { AccessLists, Bans, ClaimStore, LogStore } from '@sotto/store';
import type { Budget } from './access/budget.js';
import type { Grants } from './access/grants.js';
import type { Leases } from './access/leases.js';
import type { Pace } from './access/pace.js';
import type { Rights } from './access/rights.js';
import type { Tokens } from './access/tokens.js';
import type { Activity } from './activity/activity.js';
import type { Admission } from './admission/admission.js';
import type { AwarenessRelay } from './awareness/relay.js';
import type { ServerLimits } from './limits.js';
import type { Advancing } from './log/advancing.js';
import type { Appending } from './log/appending.js';
import type { Meters } from './metrics/meters.js';
import type { Overtaking } from './peers/overtaking.js';
import type { Peers } from './peers/peers.js';
import type { Subscriptions } from './peers/subscriptions.js';
import type { Slots } from './transport/slots.js';

/** Everything a connection works with, put together in server.ts. */
export interface Parts {
  readonly log: LogStore;
  readonly claims: ClaimStore;
  readonly access: AccessLists;
  readonly bans: Bans;
  readonly rights: Rights;
  readonly tokens: Tokens;
  readonly grants: Grants;
  readonly leases: Leases;
  readonly appending: Appending;
  readonly advancing: Advancing;
  readonly subscriptions: Subscriptions;
  readonly peers: Peers;
  readonly overtaking: Overtaking;
  readonly pace: Pace;
  readonly budget: Budget;
  readonly relay: AwarenessRelay;
  /** When logs were written to last; without it every device compares everything. */
  readonly activity: Activity | undefined;
  readonly admission: Admission;
  /** Heads and answers that are read from the store at once, for all devices together. */
  readonly reads: Slots;
  readonly limits: ServerLimits;
  readonly logger: Logger;
  readonly meters: Meters;
  /** Milliseconds since 1970: a clock that can be set. */
  now(): number;
  /** Milliseconds on a clock that nobody sets: for how long something lasts. */
  elapsed(): number;
}
