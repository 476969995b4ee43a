import type { AccountId, DeviceId } from '@sotto/protocol';

/** Numbers in keys have a fixed width, so that the order of keys is the order of numbers. */
export function padded(number: number): string {
  return String(number).padStart(9, '0');
}

/** A mailed link, by the hash of its secret. */
export function linkKey(hash: string): string {
  return `link:${hash}`;
}

/** Commits a sign-up: everything else that names this account counts only once this stands. */
export function accountKey(account: AccountId): string {
  return `account:${account}`;
}

export const ACCOUNT_VERSIONS = 'account-version:';

/** Keys of all versions of what an account consists of begin so; the highest counts. */
export function accountVersionPrefix(account: AccountId): string {
  return `${ACCOUNT_VERSIONS}${account}:`;
}

export function accountVersionKey(account: AccountId, version: number): string {
  return accountVersionPrefix(account) + padded(version);
}

export const RESET_LINKS = 'reset-link:';

/** A mailed link for another password, by the hash of its secret. */
export function resetLinkKey(hash: string): string {
  return RESET_LINKS + hash;
}

export const LINK_TICKETS = 'link-ticket:';

/** A browser that asks to be linked. */
export function linkTicketKey(ticket: string): string {
  return LINK_TICKETS + ticket;
}

/** What a device of the account said to it. */
export function linkAnswerKey(ticket: string): string {
  return `link-answer:${ticket}`;
}

/** Keys of all sessions of an account begin so. */
export function accountSessionPrefix(account: AccountId): string {
  return `account-session:${account}:`;
}

export function accountSessionKey(account: AccountId, session: string): string {
  return accountSessionPrefix(account) + session;
}

export function deviceKey(device: DeviceId): string {
  return `device:${device}`;
}

/** Keys of all devices that an account ever had begin so. */
export function accountDevicePrefix(account: AccountId): string {
  return `account-device:${account}:`;
}

/** `signed` and `last` are handed out again and again (newest first), `one` and `kem` once each. */
export type PreKeyKind = 'signed' | 'last' | 'one' | 'kem';

export function preKeyPrefix(device: DeviceId, kind: PreKeyKind): string {
  return `prekey:${device}:${kind}:`;
}

export function preKeyKey(device: DeviceId, kind: PreKeyKind, id: number): string {
  return preKeyPrefix(device, kind) + padded(id);
}

/** Whoever owns this hands the one-time key out. */
export function preKeyTakenKey(device: DeviceId, kind: PreKeyKind, id: number): string {
  return `prekey-taken:${device}:${kind}:${padded(id)}`;
}

export function sessionKey(session: string): string {
  return `session:${session}`;
}

/** The device that a session was bound to after it began. */
export function sessionDeviceKey(session: string): string {
  return `session-device:${session}`;
}

export function refreshPrefix(session: string): string {
  return `refresh:${session}:`;
}

/** Whoever owns this used the refresh token of this generation. */
export function refreshKey(session: string, generation: number): string {
  return refreshPrefix(session) + padded(generation);
}
