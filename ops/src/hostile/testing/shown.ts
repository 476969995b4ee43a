import type { ConversationId } from '@sotto/protocol';
import { type Person, said } from '../../people/person.js';

/** The messages that somebody sees now, as `author: text`. */
export async function shown(person: Person, conversation: ConversationId): Promise<string[]> {
  return said(await person.untilTimeline(conversation, () => true));
}

/** What somebody sees of the device list of the other person in a conversation. */
export async function listState(person: Person, conversation: ConversationId) {
  return (await person.untilDetails(conversation, ({ members }) => members.length === 2)).members[1]!.list;
}
