import type { AccountId, DeviceId } from '@sotto/protocol';
import { equalBytes, NO_HASH } from './hash.js';
import type { FeedEnd } from './state-body.js';
import type { ConversationState } from './state-fold.js';

/** What a message says of where it stands. */
export interface Said {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly generation: number;
  readonly epoch: number;
  readonly seq: number;
  /** Of its event, 16 bytes. */
  readonly hash: Uint8Array;
}

/**
 * Whether somebody said this as a member, at a device that was the account's (SPEC X12): nothing counts of who never was one,
 * nothing beyond the last envelope that was there when its author or its device went, and nothing of an epoch that began
 * without its author.
 */
export function isSaidAsMember(state: ConversationState, said: Said): boolean {
  if (!boundsOf(state, said).every(({ feeds }) => isWithin(feeds, said))) return false;
  const departures = state.departures.get(said.account) ?? [];
  const later = departures.map(({ epoch }) => epoch).filter((epoch) => epoch > said.epoch);
  if (later.length === 0) return state.members.some(({ account }) => account === said.account);
  const end = Math.min(...later);
  return departures
    .filter(({ epoch }) => epoch === end)
    .every(({ feeds }) => feeds === 'all' || isWithin(feeds, said));
}

/** Whether a device of an account was bounded here: its account's list names it no more. */
export function isBounded(state: ConversationState, author: Pick<Said, 'account' | 'device'>): boolean {
  return boundsOf(state, author).length > 0;
}

function boundsOf({ bounds }: ConversationState, { account, device }: Pick<Said, 'account' | 'device'>) {
  return (bounds.get(device) ?? []).filter((bound) => bound.account === account);
}

/** The end is the very event that was there: another in its place was written later. */
function isWithin(feeds: readonly FeedEnd[], said: Said): boolean {
  return feeds.some(
    ({ device, generation, seq, hash }) =>
      device === said.device &&
      generation === said.generation &&
      (said.seq < seq || (said.seq === seq && (equalBytes(hash, NO_HASH) || equalBytes(hash, said.hash)))),
  );
}
