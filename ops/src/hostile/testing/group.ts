import type { ConversationId } from '@sotto/protocol';
import type { Person } from '../../people/person.js';

/** A group that somebody founds with others, who all have heard of it. */
export async function foundGroup(founder: Person, ...others: readonly Person[]): Promise<ConversationId> {
  const { calls } = founder.engine;
  const people = await Promise.all(
    others.map(async ({ name }) => (await calls.lookUp({ username: name })).account),
  );
  const { conversation } = await calls.createGroup({ name: 'Walkers', people, sharesPast: false });
  for (const person of [founder, ...others])
    await person.untilDetails(conversation, ({ members }) => members.length === people.length + 1);
  return conversation;
}

/** Who belongs, as somebody sees it. */
export async function membersOf(person: Person, conversation: ConversationId): Promise<string[]> {
  const { members } = await person.untilDetails(conversation, () => true);
  return members.map(({ person: { username } }) => username).sort();
}
