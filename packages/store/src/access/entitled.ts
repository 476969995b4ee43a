import type { AccessChange, AccessMember, AccountId, ConversationId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';

/** Who may read and append in a conversation, under which state counter. */
export interface Access extends AccessChange {
  readonly conversation: ConversationId;
  /** From 1, which is the creation. */
  readonly counter: number;
}

export function isMember(access: AccessChange, account: AccountId): boolean {
  return access.members.some((member) => member.account === account);
}

/**
 * May `author` put `change` in place of `before`? Knows nothing of counters or of races.
 * @param before `undefined` when the conversation is being created
 * @throws ProtocolError `auth/forbidden`
 */
export function assertEntitled(before: Access | undefined, change: AccessChange, author: AccountId): void {
  if (new Set(change.members.map(({ account }) => account)).size !== change.members.length)
    throw forbidden('a member is named twice');
  if (before) assertMayChange(before, change, author);
  else assertMayCreate(change, author);
}

function assertMayChange(before: Access, change: AccessChange, author: AccountId): void {
  const own = before.members.find(({ account }) => account === author);
  if (!own) throw forbidden('not a member');
  if (change.kind !== before.kind) throw forbidden('the kind never changes');
  if (sameMembers(before.members, change.members)) return;
  if (before.kind === 'direct') throw forbidden('a direct conversation keeps its members');
  if (own.role !== 'admin') throw forbidden('only admins change the members');
}

function assertMayCreate(change: AccessChange, author: AccountId): void {
  const own = change.members.find(({ account }) => account === author);
  if (!own) throw forbidden('the creator must be a member');
  if (change.kind === 'group' && own.role !== 'admin') throw forbidden('the founder of a group is an admin');
  if (change.kind === 'direct' && change.members.length !== 2)
    throw forbidden('a direct conversation has two members');
}

/** Same accounts in the same roles, in whatever order. */
function sameMembers(a: readonly AccessMember[], b: readonly AccessMember[]): boolean {
  const roles = new Map(a.map(({ account, role }) => [account, role]));
  return a.length === b.length && b.every(({ account, role }) => roles.get(account) === role);
}

function forbidden(detail: string): ProtocolError {
  return new ProtocolError('auth/forbidden', { detail });
}
