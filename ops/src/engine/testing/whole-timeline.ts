import type { TimelineSnapshot } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import type { Person } from '../../people/person.js';

/** Scrolls back to the beginning, as somebody who reads everything, and gives all of the timeline. */
export async function wholeTimeline(
  person: Person,
  conversation: ConversationId,
  holds: (timeline: TimelineSnapshot) => boolean = () => true,
): Promise<TimelineSnapshot> {
  let newest: TimelineSnapshot | undefined;
  const stop = person.engine.watch('timeline', conversation, (snapshot) => {
    newest = snapshot;
  });
  try {
    await person.untilTimeline(conversation, () => true);
    while (newest?.hasOlder) {
      const before = newest.items.length;
      await person.engine.calls.loadOlder({ conversation });
      await person.untilTimeline(conversation, (now) => now.items.length > before || !now.hasOlder);
    }
    return await person.untilTimeline(conversation, (now) => !now.hasOlder && holds(now));
  } finally {
    stop();
  }
}
