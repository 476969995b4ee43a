import type { ConversationId } from '@sotto/protocol';
import { type Person, said } from './person.js';

/** The second accepts the first, and both say something: `from <name>`. */
export async function acquaint(first: Person, second: Person): Promise<ConversationId> {
  const { conversation } = await first.engine.calls.startDirect({ username: second.name });
  await first.engine.calls.send({ conversation, text: `from ${first.name}` });
  await second.untilList((list) => list.some(({ id }) => id === conversation));
  await second.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await second.engine.calls.send({ conversation, text: `from ${second.name}` });
  await first.untilTimeline(conversation, (timeline) => said(timeline).length === 2);
  return conversation;
}
