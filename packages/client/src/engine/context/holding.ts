import type { AccountId } from '@sotto/protocol';
import { equalBytes } from '../../conversation/hash.js';
import type { AccountLog } from './account-log.js';
import type { People } from './people.js';

/** What is known here of people, and what this account decided about them. */
export interface Knowing {
  readonly people: People;
  readonly accountLog: AccountLog;
}

/** Somebody in a conversation. */
export interface Belonging {
  readonly account: AccountId;
  /** Account keys that the conversation's state names of them; undefined while there is no state. */
  readonly identities: readonly Uint8Array[] | undefined;
}

/** Somebody whose changed account key nobody has looked at yet. */
export interface Held {
  readonly account: AccountId;
  /** When the key was first seen changed, milliseconds since 1970. */
  readonly since: number;
}

/**
 * When somebody's account key was found to be another than the one that this account goes by; null where it was not. It is
 * where the server names another than the pinned one; where another device of this account goes by another; and where the
 * conversation's state names only others and nobody has accepted this one.
 */
export function changedSince(
  { people, accountLog }: Knowing,
  { account, identities }: Belonging,
): number | null {
  const person = people.atHand(account);
  if (!person) return null;
  if (person.offered) return person.offered.since;
  const trusted = accountLog.trusted(account);
  if (trusted && !equalBytes(trusted.identity, person.identity)) return trusted.since;
  if (trusted?.accepted || !identities || isAmong(identities, person.identity)) return null;
  // Nobody saw it change here: its devices tell from when on it was in use.
  return Math.max(0, ...person.list.list.devices.map(({ added }) => added));
}

/**
 * Whether the account key that somebody is known by here is one that the conversation names, or that a person accepted: what the
 * devices it lists say counts as theirs. At the first sight of somebody a server may name any key.
 */
export function isNamed({ people, accountLog }: Knowing, { account, identities }: Belonging): boolean {
  const identity = people.atHand(account)?.identity;
  if (!identity || !identities || isAmong(identities, identity)) return true;
  const trusted = accountLog.trusted(account);
  return trusted?.accepted === true && equalBytes(trusted.identity, identity);
}

/** Who holds a conversation back: whoever of these people changed first. Nobody most of the time. */
export function heldBy(knowing: Knowing, others: readonly Belonging[]): Held | undefined {
  let held: Held | undefined;
  for (const other of others) {
    const since = changedSince(knowing, other);
    if (since !== null && (!held || since < held.since)) held = { account: other.account, since };
  }
  return held;
}

/** Whether somebody's account key was compared with them, and is still the one that they had then. */
export function isVerified(knowing: Knowing, account: AccountId): boolean {
  const compared = knowing.accountLog.verified(account);
  const person = knowing.people.atHand(account);
  if (!compared || !person || changedSince(knowing, { account, identities: undefined }) !== null)
    return false;
  return equalBytes(compared, person.identity);
}

/** The account key that a person accepted of somebody and that the conversation's state does not name yet. */
export function acceptedSince(
  { people, accountLog }: Knowing,
  { account, identities }: Belonging,
): Uint8Array | undefined {
  const identity = people.atHand(account)?.identity;
  const trusted = accountLog.trusted(account);
  if (!identity || !identities || !trusted?.accepted || !equalBytes(trusted.identity, identity))
    return undefined;
  return isAmong(identities, identity) ? undefined : identity;
}

function isAmong(identities: readonly Uint8Array[], identity: Uint8Array): boolean {
  return identities.some((known) => equalBytes(known, identity));
}
