import type { AccountId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Claim, ClaimStore } from '@sotto/store';
import { credentialsPrefix, vaultPrefix } from '../records/keys.js';
import { type Credentials, credentialsRecord } from '../records/record.js';

async function newest(claims: ClaimStore, prefix: string): Promise<Claim | undefined> {
  const [claim] = await claims.list({ prefix, limit: 1, reverse: true });
  return claim;
}

/** An account's newest sealed vault. */
export async function readVault(claims: ClaimStore, account: AccountId): Promise<Uint8Array> {
  const claim = await newest(claims, vaultPrefix(account));
  if (!claim) throw new ProtocolError('service/unavailable', { detail: 'account without vault' });
  return claim.body;
}

/** An account's newest credentials. */
export async function readCredentials(
  claims: ClaimStore,
  account: AccountId,
): Promise<Credentials | undefined> {
  const claim = await newest(claims, credentialsPrefix(account));
  return claim && credentialsRecord.decode(claim.body);
}
