import type { AccountId, ConversationId } from '@sotto/protocol';
import type { Person } from './person.js';

export type GroupRole = 'admin' | 'member';

/**
 * What people do to groups. Each call resolves when the wish is durable on this device; it is carried out when the server
 * is there, as far as this account is entitled to it then. What is still to come shows in the topic `details`.
 */
export interface GroupCalls {
  /** Somebody by exact username, to be put into a group. @throws `auth/not-found` */
  lookUp(input: { username: string }): Promise<Person>;
  /** Makes a group whose founder and first admin is this account. `sharesPast`: who joins later reads what was said before. */
  createGroup(input: {
    name: string;
    people: readonly AccountId[];
    sharesPast: boolean;
  }): Promise<{ conversation: ConversationId }>;
  addMembers(input: { conversation: ConversationId; people: readonly AccountId[] }): Promise<void>;
  removeMember(input: { conversation: ConversationId; account: AccountId }): Promise<void>;
  leaveGroup(input: { conversation: ConversationId }): Promise<void>;
  /**
   * Takes a group that this account is not in any more off the list, on all own devices. Added to it again, it is back.
   * @throws `auth/forbidden` while this account is in it
   */
  hideGroup(input: { conversation: ConversationId }): Promise<void>;
  /**
   * Deletes a group at the servers, for everybody: nobody reads or writes in it any more. Devices keep what they hold.
   * @throws `auth/forbidden` for who is no admin of it, `service/unavailable`
   */
  eraseGroup(input: { conversation: ConversationId }): Promise<{ receipt: string }>;
  setRole(input: { conversation: ConversationId; account: AccountId; role: GroupRole }): Promise<void>;
  renameGroup(input: { conversation: ConversationId; name: string }): Promise<void>;
  setSharesPast(input: { conversation: ConversationId; sharesPast: boolean }): Promise<void>;
  /** Takes back a wish that was not carried out yet, or puts away the note that it was refused. */
  withdrawChange(input: { conversation: ConversationId; change: string }): Promise<void>;
}
