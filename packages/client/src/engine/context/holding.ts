import type { AccountId } from '@sotto/protocol';
import { equalBytes } from '../../conversation/hash.js';
import type { AccountLog } from './account-log.js';
import type { People } from './people.js';

/** What is known here of people, and what this account decided about them. */
export interface Knowing {
  readonly people: People;
  readonly accountLog: AccountLog;
}

/** Somebody whose changed account key nobody has looked at yet. */
export interface Held {
  readonly account: AccountId;
  /** When the key was first seen changed, milliseconds since 1970. */
  readonly since: number;
}

/**
 * When somebody's account key was found to be another than the one that this account goes by; null where it was not. The
 * key is changed where the server names another, and where another device of this account was told to go by another.
 */
export function changedSince({ people, accountLog }: Knowing, account: AccountId): number | null {
  const person = people.atHand(account);
  if (!person) return null;
  if (person.offered) return person.offered.since;
  const trusted = accountLog.trusted(account);
  return trusted && !equalBytes(trusted.identity, person.identity) ? trusted.since : null;
}

/** Who holds a conversation back: whoever of these people changed first. Nobody most of the time. */
export function heldBy(knowing: Knowing, accounts: readonly AccountId[]): Held | undefined {
  let held: Held | undefined;
  for (const account of accounts) {
    const since = changedSince(knowing, account);
    if (since !== null && (!held || since < held.since)) held = { account, since };
  }
  return held;
}

/** Whether somebody's account key was compared with them, and is still the one that they had then. */
export function isVerified(knowing: Knowing, account: AccountId): boolean {
  const compared = knowing.accountLog.verified(account);
  const person = knowing.people.atHand(account);
  if (!compared || !person || changedSince(knowing, account) !== null) return false;
  return equalBytes(compared, person.identity);
}
