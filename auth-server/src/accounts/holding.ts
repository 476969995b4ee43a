import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountId } from '@sotto/protocol';
import type { Claim, ClaimStore } from '@sotto/store';
import { ClaimTakenError } from '@sotto/store';
import { accountState } from '../records/account-state.js';
import { accountKey } from '../records/keys.js';
import { ownOnce } from '../records/own-same.js';
import type { LiveAccount } from '../records/record.js';
import { accountRecord, holderRecord } from '../records/record.js';
import type { Name } from './names.js';

/**
 * Names are held by sign-ups that can break off anywhere, without transactions. A claim of a name therefore counts
 * only while `account:<id>` stands and says the same name. A name claimed by a sign-up that never came to that is
 * claimed again under the next round's key (`username:kim:1`), after its account id was made void, which a late
 * commit cannot undo. Nothing is removed, so no two servers can
 * remove each other's claims: but for the names of an account that is erased, by itself, while it still stands (erasure/).
 */
function roundKey(name: Name, round: number): string {
  return round === 0 ? name.key : `${name.key}:${round}`;
}

export interface Holder {
  readonly account: AccountId;
  readonly record: LiveAccount;
}

/** The account that holds a name. */
export async function holderOf(claims: ClaimStore, name: Name): Promise<Holder | undefined> {
  for (let round = 0; ; round += 1) {
    const claim = await claims.get(roundKey(name, round));
    if (!claim) return undefined;
    const { account } = holderRecord.decode(claim.body);
    const found = await accountState(claims, account);
    if (found.state === 'none') return undefined;
    if (found.state === 'live' && name.holds(found.record)) return { account, record: found.record };
  }
}

/** The key by which an account holds a name. */
export async function heldKey(
  claims: ClaimStore,
  name: Name,
  account: AccountId,
): Promise<string | undefined> {
  for (let round = 0; ; round += 1) {
    const claim = await claims.get(roundKey(name, round));
    if (!claim) return undefined;
    if (holderRecord.decode(claim.body).account === account) return claim.key;
  }
}

/**
 * As {@link holderOf}, with the same reads whether anybody holds the name or not.
 * @param nobody account id that is looked up where nobody does
 */
export async function holderOfEvenly(
  claims: ClaimStore,
  name: Name,
  nobody: AccountId,
): Promise<Holder | undefined> {
  const holder = await holderOf(claims, name);
  if (!holder) await accountState(claims, nobody);
  return holder;
}

/** `claim` is there to be confirmed; `kept` was confirmed by an earlier try of the same account. */
export type Taking =
  | { readonly outcome: 'claimed'; readonly claim: Claim }
  | { readonly outcome: 'kept' }
  | { readonly outcome: 'taken' }
  /** Somebody else's sign-up has it and may yet break off. */
  | { readonly outcome: 'undecided' };

/**
 * Claims a name for an account, unconfirmed.
 * @param holdMs how long the claim holds without being confirmed
 */
export async function takeName(
  claims: ClaimStore,
  name: Name,
  account: AccountId,
  holdMs: number,
): Promise<Taking> {
  const body = holderRecord.encode({ v: 1, account });
  for (let round = 0; ; round += 1) {
    const key = roundKey(name, round);
    try {
      return { outcome: 'claimed', claim: await claims.claim(key, body, { confirmWithinMs: holdMs }) };
    } catch (error) {
      if (!(error instanceof ClaimTakenError)) throw error;
    }
    const claim = await claims.get(key);
    if (!claim) return { outcome: 'undecided' };
    const rival = holderRecord.decode(claim.body).account;
    if (rival === account) return { outcome: 'kept' };
    const standing = await settle(claims, name, rival);
    if (standing !== 'free') return { outcome: standing };
  }
}

/** Whether a name's confirmed claim by `rival` counts, making the rival's account id void if its sign-up is dead. */
async function settle(
  claims: ClaimStore,
  name: Name,
  rival: AccountId,
): Promise<'free' | 'taken' | 'undecided'> {
  const found = await accountState(claims, rival);
  if (found.state === 'live') return name.holds(found.record) ? 'taken' : 'free';
  if (found.state === 'void') return 'free';
  const voided = await ownOnce(claims, accountKey(rival), accountRecord.encode({ v: 1, state: 'void' }));
  return voided ? 'free' : 'undecided';
}

const POLL_MS = 50;

/**
 * Takes a name, waiting a little while somebody else's sign-up is deciding.
 * @param patienceMs how long to wait
 */
export async function takeNamePatiently(
  claims: ClaimStore,
  name: Name,
  account: AccountId,
  holdMs: number,
  patienceMs: number,
): Promise<Taking> {
  for (let waited = 0; ; waited += POLL_MS) {
    const taking = await takeName(claims, name, account, holdMs);
    if (taking.outcome !== 'undecided' || waited >= patienceMs) return taking;
    await sleep(POLL_MS);
  }
}
