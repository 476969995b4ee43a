import type { VerifiedDeviceList } from './device-list.js';
import { AccountError } from './errors.js';

/** The highest versions of an account's vault and device list that were seen here, 0 for none. Neither ever goes back. */
export interface SeenVersions {
  readonly vault: number;
  readonly list: number;
}

export const NOTHING_SEEN: SeenVersions = { vault: 0, list: 0 };

/** @throws AccountError `account/vault-rolled-back`, `account/list-rolled-back` */
export function assertNotOlder(served: SeenVersions, seen: SeenVersions): void {
  if (served.vault < seen.vault) throw new AccountError('account/vault-rolled-back');
  if (served.list < seen.list) throw new AccountError('account/list-rolled-back');
}

/**
 * Whether a vault has the keys that go with a list: one from before a device was removed has keys which that device knows.
 * @throws AccountError `account/vault-rolled-back`
 */
export function assertVaultOf({ list }: VerifiedDeviceList, vaultVersion: number): void {
  if (vaultVersion < list.vault) throw new AccountError('account/vault-rolled-back');
}
