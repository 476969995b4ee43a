import { readMailbox } from '../process/read-mailbox.js';
import type { Sotto } from '../process/start-sotto.js';
import { newPerson, type Person, type PersonOptions, signUp } from './person.js';

/** Somebody at a device in Node who has signed up with a running Sotto, by the link in its mailbox. */
export async function newFriend(
  sotto: Sotto,
  username: string,
  options: PersonOptions = {},
): Promise<Person> {
  const friend = await newPerson(sotto, username, options);
  await signUp({ linkToken: async (email) => (await readMailbox(sotto, email)).split('#')[1]! }, friend);
  return friend;
}

/** Begins the direct conversation with somebody and writes to them. @returns a way to write more */
export async function writeTo(friend: Person, username: string, ...texts: readonly string[]) {
  const { conversation } = await friend.engine.calls.startDirect({ username });
  const say = (text: string) => friend.engine.calls.send({ conversation, text });
  for (const text of texts) await say(text);
  return { conversation, say };
}
