import type { ConversationDetails } from '@sotto/client';
import type { AccountId } from '@sotto/protocol';
import { say } from '../words/pages.js';

/**
 * Who can read a conversation, in sentences: first the people, then each agent.
 * @param me the account that reads it
 */
export function readersWords(details: ConversationDetails, me: AccountId | null): string[] {
  const { kind, name, members, role } = details;
  if (role === null) return [say('details.gone')];
  const count = members.flatMap(({ devices }) => devices).filter((device) => device.kind === 'device').length;
  const people =
    kind === 'direct'
      ? say('details.readers-direct', { name, count })
      : members.length > 1
        ? say('details.readers-group', { members: members.length, count })
        : say('details.readers-alone', { count });
  const agents = members
    .filter(({ devices }) => devices.some((device) => device.kind === 'agent'))
    .map(({ person }) =>
      person.account === me ? say('details.own-agent') : say('details.agent', { name: person.username }),
    );
  return [people, ...agents];
}
