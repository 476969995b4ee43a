import type { AccessChange, AccessMember, AccountId, ConversationId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';

/** Who may read and append in a conversation, under which state counter. */
export interface Access extends AccessChange {
  readonly conversation: ConversationId;
  /** From 1, which is the creation. */
  readonly counter: number;
  /** It is no more: nobody belongs, and nothing changes that (SPEC O2). */
  readonly erased?: true;
}

export function isMember(access: AccessChange, account: AccountId): boolean {
  return access.members.some((member) => member.account === account);
}

/**
 * May `author` put `change` in place of `before` (SPEC A4)? Knows nothing of counters or of races, nor of what the sealed
 * events say: members judge those, by more than a server can see.
 * @param before `undefined` when the conversation is being created
 * @param founder who created it, where that is known: only asked for where nobody on the list is an admin
 * @throws ProtocolError `auth/forbidden`
 */
export function assertEntitled(
  before: Access | undefined,
  change: AccessChange,
  author: AccountId,
  founder?: AccountId,
): void {
  if (new Set(change.members.map(({ account }) => account)).size !== change.members.length)
    throw forbidden('a member is named twice');
  if (before) assertMayChange(before, change, author, founder);
  else assertMayCreate(change, author);
}

function assertMayChange(
  before: Access,
  change: AccessChange,
  author: AccountId,
  founder: AccountId | undefined,
): void {
  const own = before.members.find(({ account }) => account === author);
  if (!own && !isLockedOut(before)) throw forbidden('not a member');
  if (change.kind !== before.kind) throw forbidden('the kind never changes');
  if (own && sameMembers(before.members, change.members)) return;
  if (before.kind === 'direct') throw forbidden('a direct conversation keeps its members');
  if (own?.role === 'admin' || (own && isLeaving(before, change, author))) return;
  if (isLockedOut(before) && isWayOut(before, change, author, founder)) return;
  throw forbidden('only admins change the members');
}

/** A group without an admin: nobody could ever change it again. */
export function isLockedOut({ kind, members }: AccessChange): boolean {
  return kind === 'group' && !members.some(({ role }) => role === 'admin');
}

/** Everybody may go; where no admin is left, one who stays becomes one. */
function isLeaving(before: Access, change: AccessChange, author: AccountId): boolean {
  const staying = before.members.filter(({ account }) => account !== author);
  if (sameMembers(staying, change.members)) return true;
  return isLockedOut({ ...before, members: staying }) && isOnePromoted(staying, change.members);
}

/** One member becomes an admin, by anybody's hand; or the founder is one, and back. */
function isWayOut(
  before: Access,
  change: AccessChange,
  author: AccountId,
  founder: AccountId | undefined,
): boolean {
  if (isMember(before, author)) return isOnePromoted(before.members, change.members);
  const withFounder: AccessMember[] = [...before.members, { account: author, role: 'admin' }];
  return author === founder && sameMembers(withFounder, change.members);
}

function isOnePromoted(before: readonly AccessMember[], after: readonly AccessMember[]): boolean {
  const admins = after.filter(({ role }) => role === 'admin');
  const asBefore = after.map(({ account }): AccessMember => ({ account, role: 'member' }));
  return admins.length === 1 && sameMembers(before, asBefore);
}

function assertMayCreate(change: AccessChange, author: AccountId): void {
  const own = change.members.find(({ account }) => account === author);
  if (!own) throw forbidden('the creator must be a member');
  if (change.kind === 'group' && own.role !== 'admin') throw forbidden('the founder of a group is an admin');
  if (change.kind === 'direct' && change.members.length !== 2)
    throw forbidden('a direct conversation has two members');
}

/**
 * May `account` have the conversation erased for everybody (SPEC O2)? Of a group an admin may, and of any conversation who is alone in
 * it.
 * @throws ProtocolError `auth/forbidden`
 */
export function assertMayErase(access: Access | undefined, account: AccountId): void {
  const own = access?.members.find((member) => member.account === account);
  if (!access || !own) throw forbidden('not a member');
  if (access.members.length === 1 || (access.kind === 'group' && own.role === 'admin')) return;
  throw forbidden('others have it too');
}

/** Same accounts in the same roles, in whatever order. */
function sameMembers(a: readonly AccessMember[], b: readonly AccessMember[]): boolean {
  const roles = new Map(a.map(({ account, role }) => [account, role]));
  return a.length === b.length && b.every(({ account, role }) => roles.get(account) === role);
}

function forbidden(detail: string): ProtocolError {
  return new ProtocolError('auth/forbidden', { detail });
}
