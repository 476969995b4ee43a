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

export function credentialsPrefix(account: AccountId): string {
  return `credentials:${account}:`;
}

export function credentialsKey(account: AccountId, version: number): string {
  return credentialsPrefix(account) + padded(version);
}

export function vaultPrefix(account: AccountId): string {
  return `vault:${account}:`;
}

export function vaultKey(account: AccountId, version: number): string {
  return vaultPrefix(account) + padded(version);
}

export function deviceKey(device: DeviceId): string {
  return `device:${device}`;
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
