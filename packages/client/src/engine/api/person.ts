import type { AccountId } from '@sotto/protocol';

export interface Person {
  readonly account: AccountId;
  readonly username: string;
}
