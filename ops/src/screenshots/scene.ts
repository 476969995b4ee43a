import { newPerson, PASSWORD, type Person, signUp } from '../people/person.js';
import { readMailbox } from '../process/read-mailbox.js';
import type { Sotto } from '../process/start-sotto.js';

/** What each friend of Mara's says, oldest first; the last ones are unread. */
const LINES: readonly (readonly [username: string, ...texts: string[]])[] = [
  ['yuki', 'No hurry at all'],
  ['samir', 'شكرًا جزيلًا، إلى اللقاء'],
  ['teo', 'Opening times for the sign, so nobody types them twice', 'That was it. Thank you'],
  ['ilse', 'I can bring the long ladder on Saturday, if someone with a car picks it up.'],
  ['noor', 'Did the ferry times change again? The site says 08:40, but the board at the pier says 09:10.'],
];

/** Friends of Mara's, each at a device of their own, who have written to her. */
export interface Scene {
  readonly friends: ReadonlyMap<string, Person>;
  remove(): Promise<void>;
}

/** Signs the friends up and lets them write to somebody who has signed up. */
export async function setScene(sotto: Sotto, to: string): Promise<Scene> {
  const friends = new Map<string, Person>();
  const linkToken = async (email: string) => (await readMailbox(sotto, email)).split('#')[1]!;
  for (const [username, ...texts] of LINES) {
    const friend = await newPerson(sotto, username);
    friends.set(username, friend);
    await signUp({ linkToken }, friend);
    const { conversation } = await friend.engine.calls.startDirect({ username: to });
    for (const text of texts) await friend.engine.calls.send({ conversation, text });
    await friend.untilTimeline(conversation, ({ items }) =>
      items.every((item) => item.kind !== 'message' || item.mark !== 'queued'),
    );
  }
  return {
    friends,
    async remove() {
      for (const friend of friends.values()) await friend.remove();
    },
  };
}

/** The password of everybody in the scene. */
export const SCENE_PASSWORD = PASSWORD;
