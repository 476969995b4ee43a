import { newPerson, type Person, signUp } from '../../people/person.js';
import { readMailbox } from '../../process/read-mailbox.js';
import type { Sotto } from '../../process/start-sotto.js';

/** Somebody at a device in Node who has an account at this Sotto: writes as fast as an engine can, without a page. */
export async function nodePerson(sotto: Sotto, name: string): Promise<Person> {
  const servers = {
    origin: sotto.origin,
    linkToken: async (email: string) => new URL(await readMailbox(sotto, email)).hash.slice(1),
  };
  const person = await newPerson(servers, name);
  await signUp(servers, person);
  return person;
}
