import type { AccountId, DeviceId } from '@sotto/protocol';
import type { FeedEnd } from './state-body.js';
import type { ConversationState } from './state-fold.js';

/** What a message says of where it stands. */
export interface Said {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly generation: number;
  readonly epoch: number;
  readonly seq: number;
}

/**
 * Whether somebody said this as a member (SPEC X12): nothing counts of who never was one, nothing beyond the last
 * envelope that was there when its author went, and nothing of an epoch that began without him.
 */
export function isSaidAsMember(state: ConversationState, said: Said): boolean {
  const departures = state.departures.get(said.account) ?? [];
  const later = departures.map(({ epoch }) => epoch).filter((epoch) => epoch > said.epoch);
  if (later.length === 0) return state.members.some(({ account }) => account === said.account);
  const end = Math.min(...later);
  return departures
    .filter(({ epoch }) => epoch === end)
    .every(({ feeds }) => feeds === 'all' || feeds.some((feed) => isWithin(feed, said)));
}

function isWithin({ device, generation, seq }: FeedEnd, said: Said): boolean {
  return device === said.device && generation === said.generation && said.seq <= seq;
}
