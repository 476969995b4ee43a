import type { PendingChange } from '@sotto/client';
import type { ErrorCode } from '@sotto/protocol';
import { say } from '../words/pages.js';
import { sayList } from '../words/say.js';

/** A change of a group that was wished for and is not done. */
export function pendingWords({ change }: PendingChange): string {
  switch (change.type) {
    case 'create':
    case 'leave':
    case 'past':
      return say(`pending.${change.type}`);
    case 'add':
      return say('pending.add', { people: sayList(change.people.map(({ username }) => username)) });
    case 'remove':
      return say('pending.remove', { people: change.person.username });
    case 'role':
      return say(`pending.role-${change.role}`, { people: change.person.username });
    case 'rename':
      return say('pending.rename', { group: change.name });
  }
}

/** Why it is not done yet, or was not done. */
export function pendingReason(refused: ErrorCode | null): string {
  if (!refused) return say('pending.waits');
  const forbidden =
    refused === 'auth/forbidden' || refused === 'sync/not-a-member' || refused === 'sync/read-only';
  return say(forbidden ? 'pending.not-allowed' : 'pending.refused');
}
