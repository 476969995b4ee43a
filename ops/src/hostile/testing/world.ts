import type { ConversationId } from '@sotto/protocol';
import { type RunningServers, runServers } from '../../engine/testing/running-servers.js';
import { newPerson, type Person, type PersonOptions, signUp } from '../../people/person.js';
import { AttackSucceeded } from './attack.js';

/** Real servers, and people who use them; each may have the server of their nightmares. */
export interface World {
  readonly servers: RunningServers;
  /** Somebody with an account. */
  somebody(name: string, options?: PersonOptions): Promise<Person>;
  /** The second has accepted the first, and both have said something: `from <name>`. */
  acquaint(first: Person, second: Person): Promise<ConversationId>;
  /** Waits until the hostile server had its chance, and the device the time to fall for it. */
  served(done: () => boolean): Promise<void>;
  /** What the attack must not have brought about. @throws AttackSucceeded */
  harmless(holds: boolean, otherwise: string): void;
  close(): Promise<void>;
}

const STEP_MS = 20;
const WAIT_MS = 15_000;
/** Long enough for what a device does of itself, milliseconds. */
const FALLING_MS = 1_500;

export async function openWorld(): Promise<World> {
  const servers = await runServers();
  const people: Person[] = [];
  return {
    servers,
    async somebody(name, options = {}) {
      const person = await newPerson(servers, name, options);
      people.push(person);
      await signUp(servers, person);
      return person;
    },
    async acquaint(first, second) {
      const { conversation } = await first.engine.calls.startDirect({ username: second.name });
      await first.engine.calls.send({ conversation, text: `from ${first.name}` });
      await second.untilList((list) => list.length === 1);
      await second.engine.calls.answerRequest({ conversation, answer: 'accept' });
      await second.engine.calls.send({ conversation, text: `from ${second.name}` });
      await first.untilTimeline(conversation, ({ items }) => items.length === 2);
      return conversation;
    },
    async served(done) {
      for (let waited = 0; !done(); waited += STEP_MS) {
        if (waited > WAIT_MS) throw new Error('the hostile server was never asked');
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      }
      await new Promise((resolve) => setTimeout(resolve, FALLING_MS));
    },
    harmless(holds, otherwise) {
      if (!holds) throw new AttackSucceeded(otherwise);
    },
    async close() {
      for (const person of people) await person.remove();
      await servers.remove();
    },
  };
}
