import { type AccountId, type DeviceId, decodeMailEvent, parseId, type SessionId } from '@sotto/protocol';
import type { Claim, ClaimStore, ErasurePart } from '@sotto/store';
import { banKey, deviceListPrefix, MAILS, markErased } from '@sotto/store';
import { heldKey } from '../accounts/holding.js';
import { emailName, linkUseName, usernameName } from '../accounts/names.js';
import { accountState } from '../records/account-state.js';
import { all } from '../records/all.js';
import {
  accountDevicePrefix,
  accountKey,
  accountSessionPrefix,
  accountVersionPrefix,
  deviceKey,
  linkAnswerKey,
  linkTicketKey,
  RESET_LINKS,
  refreshPrefix,
  sessionDeviceKey,
  sessionKey,
} from '../records/keys.js';
import { type LiveAccount, linkAnswerRecord, linkRecord, resetLinkRecord } from '../records/record.js';
import type { EndedSessions } from '../sessions/ended-sessions.js';

/** What the auth server keeps of an account, by the order in which it goes: first what lets somebody in. */
export function accountParts(claims: ClaimStore, ended: EndedSessions): ErasurePart[] {
  const account = (id: string) => parseId<AccountId>(id);
  return [
    { name: 'names', run: (id) => eraseNames(claims, account(id)) },
    { name: 'sessions', run: (id) => eraseSessions(claims, ended, account(id)) },
    { name: 'devices', run: (id) => eraseDevices(claims, account(id)) },
    { name: 'vault', run: (id) => eraseVersions(claims, account(id)) },
    { name: 'account', run: (id) => eraseAccount(claims, account(id)) },
  ];
}

/** Devices that an account ever had. */
export async function devicesOf(claims: ClaimStore, account: AccountId): Promise<DeviceId[]> {
  const prefix = accountDevicePrefix(account);
  const found = await claims.list({ prefix });
  return found.map(({ key }) => parseId<DeviceId>(key.slice(prefix.length)));
}

async function keysUnder(claims: ClaimStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of all(claims, prefix)) keys.push(key);
  return keys;
}

async function eraseAll(claims: ClaimStore, keys: readonly string[]): Promise<number> {
  await claims.erase(keys);
  return keys.length;
}

/**
 * Address and username, and whatever else has the address: mails, links. Both are free again. They go while the account
 * still stands: nobody can claim the next round of a name meanwhile (holding.ts).
 */
async function eraseNames(claims: ClaimStore, account: AccountId): Promise<number> {
  const found = await accountState(claims, account);
  const keys = await keysAbout(claims, account);
  if (found.state !== 'live') return eraseAll(claims, keys);
  const { record } = found;
  const letters = await lettersTo(claims, record);
  const names = [usernameName(record.username), emailName(record.email)];
  const held = await Promise.all(names.map((name) => heldKey(claims, name, account)));
  return eraseAll(claims, [...keys, ...letters, ...held.filter((key) => key !== undefined)]);
}

/** Links for another password, and what a device of the account answered to a browser. */
async function keysAbout(claims: ClaimStore, account: AccountId): Promise<string[]> {
  const resets = await keysWhere(
    claims,
    RESET_LINKS,
    ({ body }) => resetLinkRecord.decode(body).account === account,
  );
  const answers = linkAnswerKey('');
  const answered = await keysWhere(
    claims,
    answers,
    ({ body }) => linkAnswerRecord.decode(body).account === account,
  );
  const tickets = answered.map((key) => linkTicketKey(key.slice(answers.length)));
  return [...resets, ...answered, ...tickets];
}

/** Mails that were not sent yet, and links that were mailed. A link goes before what says that it was used. */
async function lettersTo(claims: ClaimStore, { email, link }: LiveAccount): Promise<string[]> {
  const mails = await keysWhere(claims, MAILS, ({ body }) => decodeMailEvent(body).to === email);
  const links = await keysWhere(claims, 'link:', ({ body }) => linkRecord.decode(body).email === email);
  await claims.erase(links);
  const uses = [link, ...links.map((key) => key.slice('link:'.length))];
  const used = await Promise.all(uses.map((hash) => keysUnder(claims, linkUseName(hash).key)));
  return [...mails, ...links, ...used.flat()];
}

async function keysWhere(
  claims: ClaimStore,
  prefix: string,
  fits: (claim: Claim) => boolean,
): Promise<string[]> {
  const keys: string[] = [];
  for await (const claim of all(claims, prefix)) if (fits(claim)) keys.push(claim.key);
  return keys;
}

/** They end first, on every server; that they did is remembered for as long as their tokens could be. */
async function eraseSessions(claims: ClaimStore, ended: EndedSessions, account: AccountId): Promise<number> {
  const prefix = accountSessionPrefix(account);
  const index = await keysUnder(claims, prefix);
  const sessions = index.map((key) => parseId<SessionId>(key.slice(prefix.length)));
  for (const session of sessions) await ended.end(session);
  const uses = await Promise.all(sessions.map((session) => keysUnder(claims, refreshPrefix(session))));
  const records = sessions.flatMap((session) => [sessionKey(session), sessionDeviceKey(session)]);
  // The index last: the rest is found by it.
  await claims.erase([...uses.flat(), ...records]);
  await claims.erase(index);
  return sessions.length;
}

/** From now on nobody puts anything into their inboxes. */
async function eraseDevices(claims: ClaimStore, account: AccountId): Promise<number> {
  const devices = await devicesOf(claims, account);
  for (const device of devices) {
    await markErased(claims, device, 'device');
    const keys = await keysUnder(claims, `prekey:${device}:`);
    const taken = await keysUnder(claims, `prekey-taken:${device}:`);
    await claims.erase([...keys, ...taken, deviceKey(device)]);
  }
  return devices.length;
}

/** Credentials, sealed vaults, signed device lists. */
async function eraseVersions(claims: ClaimStore, account: AccountId): Promise<number> {
  const versions = await keysUnder(claims, accountVersionPrefix(account));
  return eraseAll(claims, [...versions, ...(await keysUnder(claims, deviceListPrefix(account)))]);
}

/** The id is used up for good; nothing else says that there was such an account. */
async function eraseAccount(claims: ClaimStore, account: AccountId): Promise<number> {
  await markErased(claims, account, 'account');
  const banned = (await claims.get(banKey(account))) ? [banKey(account)] : [];
  return eraseAll(claims, [accountKey(account), ...banned]);
}
