import type { DeviceId, ErasureProgressResponse, ErrorCode } from '@sotto/protocol';

/** What a person does to the own account and its devices. */
export interface AccountCalls {
  /** @throws `auth/credentials-wrong` when the password is not the account's */
  renameDevice(input: { device: DeviceId; name: string; password: string }): Promise<void>;
  /** Ends another device's access at once; conversations go on under new keys. @throws `auth/credentials-wrong` */
  removeDevice(input: { device: DeviceId; password: string }): Promise<void>;
  /** The devices that are new were looked at here. */
  seeOwnDevices(): Promise<void>;
  /** The vault is sealed anew; the recovery key stays. @throws `auth/credentials-wrong` */
  changePassword(input: { password: string; newPassword: string }): Promise<void>;
  /** The recovery key before stops working. @throws `auth/credentials-wrong` */
  newRecoveryKey(input: { password: string }): Promise<{ recoveryKey: string }>;

  /**
   * The account and everything that servers keep of it goes, for good, and everything of it on this browser; groups are left first. Others
   * keep what they were sent. @returns by what {@link erasureProgress} tells how far it is
   * @throws `auth/credentials-wrong`, `service/unavailable`
   */
  eraseAccount(input: { password: string }): Promise<{ receipt: string }>;
  /** How far an erasure is, also when nobody is signed in. @throws `auth/not-found` */
  erasureProgress(input: { receipt: string }): Promise<ErasureProgress>;

  /** Asks for a mailed link to set a new password. Answers the same whether the address is known or not. */
  requestReset(input: { email: string }): Promise<void>;
  /** Is this link good? @throws `auth/link-unknown`, `auth/link-used`, `auth/link-expired` */
  checkReset(input: { token: string }): Promise<{ email: string }>;
  /** Sets a new password by a mailed link. It does not open what the old one sealed. @throws `auth/link-*` */
  completeReset(input: { token: string; password: string }): Promise<void>;
  /**
   * Signs in where the password is right and does not open the vault ({@link EngineCalls.signIn} said
   * `client/vault-locked`): the recovery key does, and the vault is sealed by the password again.
   * @throws `client/recovery-key-wrong`
   */
  recover(input: { login: string; password: string; recoveryKey: string }): Promise<void>;
  /**
   * On a device that is signed in, when the password was reset by mail and no recovery key is at hand: a new account key, and a
   * vault that the new password opens, with the keys of what was said before. This device goes on, the others are signed out,
   * contacts are warned.
   * @returns `recoveryKey` null: the password opens the vault, nothing was changed
   * @throws `auth/credentials-wrong`
   */
  renewAccount(input: { password: string }): Promise<{ recoveryKey: string | null }>;
  /** Without the recovery key and another device: a new account key. History is gone, contacts are warned. */
  startOver(input: { login: string; password: string }): Promise<{ recoveryKey: string }>;

  /** On a browser that is to become a device: what its QR code says. It is good for some minutes; see the topic `link`. */
  beginLink(): Promise<{ code: string }>;
  cancelLink(): Promise<void>;
  /** On a device: what the scanned code would link. @throws `client/link-code-wrong` */
  readLink(input: { code: string }): Promise<{ name: string }>;
  /** Links it. @throws `auth/credentials-wrong`, `client/link-code-wrong`, `auth/link-expired` */
  approveLink(input: { code: string; password: string }): Promise<{ device: DeviceId }>;
}

/** What the servers have deleted so far. `finished`: all of it, and looked for again. */
export type ErasureProgress = ErasureProgressResponse;

/** Devices of this account: who can read everything. */
export interface DevicesSnapshot {
  readonly devices: readonly OwnDevice[];
}

export interface OwnDevice {
  readonly id: DeviceId;
  readonly name: string;
  readonly kind: 'device' | 'agent';
  readonly added: number;
  readonly current: boolean;
  /** It was linked elsewhere, and nobody looked at the devices here since. */
  readonly isNew: boolean;
}

/** How far a link that was begun here is. `done`: the session says signed-in. */
export type LinkSnapshot =
  | { readonly state: 'none' }
  | { readonly state: 'waiting'; readonly code: string; readonly until: number }
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly error: ErrorCode };

/** What of older messages came to a device that was linked later. */
export interface HistorySnapshot {
  readonly state: 'complete' | 'fetching' | 'waiting';
  /** Conversations whose whole past is here, of how many. */
  readonly done: number;
  readonly total: number;
}
