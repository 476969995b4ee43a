import type { AccountId } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import { accountKey } from './keys.js';
import type { LiveAccount } from './record.js';
import { accountRecord } from './record.js';

/** `none` is an account nobody made, or one whose sign-up is under way or broke off. */
export type AccountState =
  | { readonly state: 'live'; readonly record: LiveAccount }
  | { readonly state: 'void' }
  | { readonly state: 'none' };

export async function accountState(claims: ClaimStore, account: AccountId): Promise<AccountState> {
  const claim = await claims.get(accountKey(account));
  if (!claim) return { state: 'none' };
  const record = accountRecord.decode(claim.body);
  return record.state === 'live' ? { state: 'live', record } : { state: 'void' };
}
