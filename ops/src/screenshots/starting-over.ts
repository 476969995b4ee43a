import { newPerson, type Person } from '../people/person.js';
import { readMailbox } from '../process/read-mailbox.js';
import type { Sotto } from '../process/start-sotto.js';

/** Somebody who lost everything begins anew: from here on their account key is another one. */
export async function startOver(sotto: Sotto, login: string): Promise<Person> {
  const anew = await newPerson(sotto, login, { deviceName: 'Safari on iPhone' });
  const email = `${login}@example.org`;
  const password = 'another long password';
  const seen = await readMailbox(sotto, email);
  await anew.engine.calls.requestReset({ email });
  const token = (await readMailbox(sotto, email, seen)).split('#')[1]!;
  await anew.engine.calls.completeReset({ token, password });
  await anew.engine.calls.signIn({ login, password }).catch(() => undefined); // Locked: the recovery key is lost.
  await anew.engine.calls.startOver({ login, password });
  await anew.untilOnline();
  return anew;
}
