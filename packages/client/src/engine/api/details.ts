import type { AccountId, ConversationId, DeviceId, ErrorCode } from '@sotto/protocol';
import type { GroupRole } from './group-calls.js';
import type { Person } from './person.js';

/** Who can read a conversation, and what this device knows of them. */
export interface ConversationDetails {
  readonly conversation: ConversationId;
  readonly kind: 'direct' | 'group';
  /** Of a group its name; else the other person's username. */
  readonly name: string;
  readonly sharesPast: boolean;
  /** This account first, then by name. */
  readonly members: readonly MemberDetails[];
  /** This account's role; null once it left or was removed. */
  readonly role: GroupRole | null;
  /** Envelopes that wait for their key. */
  readonly waitingForKeys: number;
  /** Those of them that have waited for five minutes or more, though this device goes on asking: something is amiss. */
  readonly overdueKeys: number;
  /** Wishes of this device that the server has not taken yet, or that were refused. */
  readonly pending: readonly PendingChange[];
  /** The server shows its members different histories: nothing here may be relied on. */
  readonly forked: boolean;
}

export interface MemberDetails {
  readonly person: Person;
  readonly role: GroupRole;
  /** `unverified`: as first seen. `changed`: another account key than before, and nobody has looked at it. */
  readonly identity: 'unverified' | 'verified' | 'changed';
  /** When the changed key was first seen here, milliseconds since 1970. */
  readonly changedAt: number | null;
  /**
   * `withheld`: what they write names a newer device list than the server shows, or it showed an older one: a device of theirs
   * may be missing here, or may be gone. `forged`: it showed a list that is not theirs, or not the one it showed before.
   */
  readonly list: 'current' | 'withheld' | 'forged';
  readonly devices: readonly ReadingDevice[];
}

/** A device that messages are sealed for. */
export interface ReadingDevice {
  readonly id: DeviceId;
  readonly name: string;
  readonly kind: 'device' | 'agent';
  readonly added: number;
  /** Came after the conversation began here and was not looked at yet. */
  readonly isNew: boolean;
}

export interface PendingChange {
  readonly id: string;
  readonly change: WishedChange;
  /** Why it was not carried out; null while it waits. */
  readonly refused: ErrorCode | null;
}

export type WishedChange =
  | { readonly type: 'create' }
  | { readonly type: 'add'; readonly people: readonly Person[] }
  | { readonly type: 'remove'; readonly person: Person }
  | { readonly type: 'leave' }
  | { readonly type: 'role'; readonly person: Person; readonly role: GroupRole }
  | { readonly type: 'rename'; readonly name: string }
  | { readonly type: 'past'; readonly shared: boolean };

/** What happened to a conversation, as its timeline tells it. */
export type ToldChange =
  | { readonly type: 'created'; readonly name: string }
  | { readonly type: 'added'; readonly people: readonly Person[] }
  | { readonly type: 'removed'; readonly people: readonly Person[] }
  | { readonly type: 'left' }
  | { readonly type: 'role'; readonly person: Person; readonly role: GroupRole }
  | { readonly type: 'renamed'; readonly name: string }
  | { readonly type: 'past'; readonly shared: boolean }
  | { readonly type: 'device-added'; readonly device: string }
  | { readonly type: 'device-removed'; readonly device: string }
  | { readonly type: 'identity-changed' };

export interface TrustCalls {
  /** The safety number with somebody: 60 digits, and the bytes of its QR code in base64url. Of a changed key, the new one's. */
  safetyNumber(input: { account: AccountId }): Promise<{ digits: string; scannable: string }>;
  /**
   * Compares what was scanned from the other screen. A match counts as verified, and accepts a changed key; where they still
   * have the key from before, that one is verified, and the change was none of theirs.
   */
  checkScanned(input: {
    account: AccountId;
    scanned: string;
  }): Promise<{ result: 'match' | 'mismatch' | 'not-a-code' }>;
  /**
   * The safety number that was shown last is right, or nobody says so any more. Accepts a changed key.
   * @throws `client/keys-untrusted` when the key has changed since that number was shown
   */
  setVerified(input: { account: AccountId; verified: boolean }): Promise<void>;
  /**
   * Goes on with somebody's changed account key: what waited goes out.
   * @param input.since when the key that was looked at was first seen, as `held.since` or `changedAt` says: with it, a key
   * that changed once more meanwhile is not accepted. @throws `client/keys-untrusted` then
   */
  acceptIdentity(input: { account: AccountId; since?: number }): Promise<void>;
  /** The new devices of this conversation's members were looked at. */
  seeDevices(input: { conversation: ConversationId }): Promise<void>;
}
