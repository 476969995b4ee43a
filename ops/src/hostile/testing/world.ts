import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConversationId } from '@sotto/protocol';
import { type RunningServers, runServers } from '../../engine/testing/running-servers.js';
import { acquaint } from '../../people/acquaint.js';
import { newPerson, type Person, type PersonOptions, signUp } from '../../people/person.js';
import { AttackSucceeded } from './attack-succeeded.js';
import { type Beginning, type Name, readBeginning } from './beginning.js';

/** Real servers, and people who use them; each may have the server of their nightmares. */
export interface World {
  readonly servers: RunningServers;
  /** Of Mara and Noor, who have said something each. */
  readonly conversation: ConversationId;
  /** Mara, Noor or Teo, who have accounts; opened at their device. Mara and Noor know each other. */
  person(name: Name, options?: PersonOptions): Promise<Person>;
  /** Somebody at a device that is nobody's yet. */
  newcomer(name: string, options?: PersonOptions): Promise<Person>;
  /** Somebody else, with an account. */
  somebody(name: string, options?: PersonOptions): Promise<Person>;
  /** The second has accepted the first, and both have said something: `from <name>`. */
  acquaint(first: Person, second: Person): Promise<ConversationId>;
  /** Waits until the hostile server had its chance. */
  served(done: () => boolean | Promise<boolean>): Promise<void>;
  /**
   * What the attack must not bring about; looked at for as long as a device needs to fall for it.
   * @throws AttackSucceeded
   */
  harmless(holds: () => boolean | Promise<boolean>, otherwise: string): Promise<void>;
  /**
   * What somebody has to notice of the attack.
   * @throws AttackSucceeded when they do not
   */
  noticed(holds: () => Promise<boolean>, otherwise: string | (() => string)): Promise<void>;
  close(): Promise<void>;
}

const STEP_MS = 50;
const WAIT_MS = 30_000;
/** Long enough for what a device does of itself, milliseconds. */
const FALLING_MS = 1_500;
/** What was not noticed within this time by a device without its checks never is, milliseconds. */
const UNNOTICED_MS = 4_000;

/**
 * @param kept a beginning's folder
 * @param isControl checks are taken out: a device is waited for until it falls for the attack
 */
export async function openWorld(kept: string, isControl: boolean): Promise<World> {
  const beginning: Beginning = await readBeginning(kept);
  const servers = await runServers(join(kept, 'server'));
  const people: Person[] = [];
  async function newcomer(name: string, options: PersonOptions = {}): Promise<Person> {
    const person = await newPerson(servers, name, options);
    people.push(person);
    return person;
  }
  return {
    servers,
    conversation: beginning.conversation,
    newcomer,
    async person(name, options = {}) {
      const { cookies } = beginning.people[name];
      const folder = await mkdtemp(join(tmpdir(), `sotto-${name}-`));
      await cp(join(kept, name), folder, { recursive: true });
      const person = await newcomer(name, { ...options, folder, cookies });
      await person.untilOnline();
      return person;
    },
    async somebody(name, options = {}) {
      const person = await newcomer(name, options);
      await signUp(servers, person);
      return person;
    },
    acquaint,
    async served(done) {
      for (let waited = 0; !(await done()); waited += STEP_MS) {
        if (waited > WAIT_MS) throw new Error('the hostile server was never asked');
        await pause();
      }
    },
    async harmless(holds, otherwise) {
      const until = isControl ? WAIT_MS : FALLING_MS;
      for (let waited = 0; waited <= until; waited += STEP_MS) {
        if (!(await holds())) throw new AttackSucceeded(otherwise);
        await pause();
      }
    },
    async noticed(holds, otherwise) {
      const until = isControl ? UNNOTICED_MS : WAIT_MS;
      for (let waited = 0; !(await holds()); waited += STEP_MS) {
        if (waited > until)
          throw new AttackSucceeded(typeof otherwise === 'string' ? otherwise : otherwise());
        await pause();
      }
    },
    async close() {
      for (const person of people) await person.remove();
      await servers.remove();
    },
  };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, STEP_MS));
}
