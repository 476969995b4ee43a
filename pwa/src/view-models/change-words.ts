import type { Person, TimelineItem } from '@sotto/client';
import type { AccountId } from '@sotto/protocol';
import { say, sayList } from '../words/say.js';

type Change = TimelineItem & { kind: 'change' };

/** Who is meant, as a sentence names them. */
function named(people: readonly Person[], me: AccountId | null): string {
  return sayList(people.map(({ account, username }) => (account === me ? say('you') : username)));
}

/**
 * What happened to a conversation, in a sentence.
 * @param me the account that reads it: it is called "you"
 */
export function changeWords({ by, change }: Change, me: AccountId | null): string {
  const mine = by !== null && by.account === me;
  const name = by?.username ?? '';
  switch (change.type) {
    case 'created':
      return mine
        ? say('change.created-you', { group: change.name })
        : say('change.created', { name, group: change.name });
    case 'added':
    case 'removed': {
      const people = named(change.people, me);
      if (!by) return say(`change.${change.type}-by-nobody`, { people });
      return mine
        ? say(`change.${change.type}-you`, { people })
        : say(`change.${change.type}`, { name, people });
    }
    case 'left':
      return mine ? say('change.left-you') : say('change.left', { name });
    case 'role': {
      const people = named([change.person], me);
      if (!by) return say(`change.${change.role}-by-nobody`, { people });
      return mine
        ? say(`change.${change.role}-you`, { people })
        : say(`change.${change.role}`, { name, people });
    }
    case 'renamed':
      return mine
        ? say('change.renamed-you', { group: change.name })
        : say('change.renamed', { name, group: change.name });
    case 'past': {
      const key = change.shared ? 'change.past-shared' : 'change.past-kept';
      return mine ? say(`${key}-you`) : say(key, { name });
    }
    case 'device-added':
    case 'device-removed': {
      const { type, device } = change;
      return mine ? say(`change.${type}-you`, { device }) : say(`change.${type}`, { name, device });
    }
    case 'identity-changed':
      return mine ? say('change.identity-changed-you') : say('change.identity-changed', { name });
  }
}

/** Whether it changed who can read along, so that the way to see who can stands beside it. */
export function changesReaders({ change }: Change): boolean {
  return change.type === 'device-added' || change.type === 'identity-changed';
}
