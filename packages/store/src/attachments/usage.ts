import type { AccountId } from '@sotto/protocol';
import { RecentMap } from '../cache/recent-map.js';
import type { ClaimStore } from '../claims/claim-store.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import { parseUseKey, USES, usePrefix, useSize } from './attachment-claims.js';

/** What the smallest attachment counts as: its claims and its place in every listing cost something too. */
const LEAST_BYTES = 65_536;
/** Above this part of a quota nothing is estimated. */
const SURE = 0.9;
/** Accounts whose use is remembered. */
const REMEMBERED = 10_000;

/**
 * What accounts' attachments take. Counting them all grows with how many there are, so a sum is remembered and added to as this server
 * hears of more, its own and others'. It is never too low but for what it has not heard of yet, and near the quota it is counted again.
 */
export class Usage {
  readonly #claims: ClaimStore;
  readonly #sums = new RecentMap<AccountId, number>(REMEMBERED);
  readonly #leave: Unsubscribe;

  constructor(claims: ClaimStore) {
    this.#claims = claims;
    this.#leave = claims.watch(
      USES,
      ({ key, body }) => this.#add(parseUseKey(key), counted(useSize(body))),
      () => this.#sums.clear(),
    );
  }

  close(): void {
    this.#leave();
  }

  /** Counts what an account's attachments take, bytes. */
  async count(account: AccountId): Promise<number> {
    // What is told of from here on may be counted twice, and is not missed.
    this.#sums.set(account, 0);
    const uses = await this.#claims.list({ prefix: usePrefix(account) });
    const sum = uses.reduce((total, { body }) => total + counted(useSize(body)), 0);
    this.#add(account, sum);
    return sum;
  }

  /** Whether an account's attachments take no more than this, what was just written among them. */
  async isWithin(account: AccountId, quota: number): Promise<boolean> {
    const estimate = this.#sums.get(account);
    if (estimate !== undefined && estimate <= quota * SURE) return true;
    return (await this.count(account)) <= quota;
  }

  #add(account: AccountId, bytes: number): void {
    const sum = this.#sums.get(account);
    if (sum !== undefined) this.#sums.set(account, sum + bytes);
  }
}

function counted(size: number): number {
  return Math.max(size, LEAST_BYTES);
}
