import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Claim, ClaimStore } from '@sotto/store';
import { accountVersionKey, accountVersionPrefix } from './keys.js';
import { ownOnce, undecided } from './own-same.js';
import { type AccountParts, accountVersionRecord } from './record.js';

/** What an account consists of, as of a version. */
export interface AccountVersion {
  /** Counts from 1. */
  readonly version: number;
  readonly parts: AccountParts;
}

/** Rivals that one change meets before it gives up. */
const RIVALS = 20;
/** While another's claim of the next version is under way, milliseconds. */
const PAUSE_MS = 25;

/** After this nothing may be assumed of what was read before, milliseconds: far below the time after which versions are swept. */
const STALE_MS = 60_000;

/** An account's newest version. Undefined for one that nobody made. */
export async function newestVersion(
  claims: ClaimStore,
  account: AccountId,
): Promise<AccountVersion | undefined> {
  const [claim] = await claims.list({ prefix: accountVersionPrefix(account), limit: 1, reverse: true });
  return claim && versionOf(claim, account);
}

/** @throws ProtocolError `service/unavailable` for an account without versions, which does not exist */
export async function requireNewestVersion(claims: ClaimStore, account: AccountId): Promise<AccountVersion> {
  const newest = await newestVersion(claims, account);
  if (!newest) throw new ProtocolError('service/unavailable', { detail: 'account without version' });
  return newest;
}

/** The version before, while it is kept. */
export async function versionBefore(
  claims: ClaimStore,
  account: AccountId,
  { version }: AccountVersion,
): Promise<AccountVersion | undefined> {
  const claim = await claims.get(accountVersionKey(account, version - 1));
  return claim && versionOf(claim, account);
}

/**
 * Changes what an account consists of: one claim decides, so that its parts change together or not at all. Rivals take turns, each
 * upon what the one before made of it.
 * @param make what is to stand; undefined when the newest version is that already, as when a request is repeated
 * @returns what stands then
 * @throws what `make` throws; ProtocolError `service/unavailable`
 */
export async function changeAccount(
  claims: ClaimStore,
  account: AccountId,
  make: (newest: AccountParts) => Promise<AccountParts | undefined>,
): Promise<AccountVersion> {
  for (let rivals = 0; rivals < RIVALS; rivals += 1) {
    const begun = performance.now();
    const newest = await requireNewestVersion(claims, account);
    const parts = await make(newest.parts);
    if (!parts) return newest;
    const version = newest.version + 1;
    const won = await ownOnce(
      claims,
      accountVersionKey(account, version),
      accountVersionRecord.encode(parts),
    );
    // Old versions are swept, so that a process that slept for long may own one that was decided without it.
    if (performance.now() - begun > STALE_MS) throw undecided('account change took too long');
    if (won) return { version, parts };
    await sleep(Math.random() * PAUSE_MS);
  }
  throw undecided('account changes under way');
}

function versionOf({ key, body }: Claim, account: AccountId): AccountVersion {
  const version = Number(key.slice(accountVersionPrefix(account).length));
  return { version, parts: accountVersionRecord.decode(body) };
}
