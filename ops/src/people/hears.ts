import type { ConversationId } from '@sotto/protocol';
import { isMessage, type Person } from './person.js';

/** Waits until a text is shown to somebody in a conversation. @returns the timeline with it */
export async function hears(person: Person, conversation: ConversationId, text: string) {
  await person.untilList((list) => list.some(({ id }) => id === conversation));
  return person.untilTimeline(conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.text === text),
  );
}
