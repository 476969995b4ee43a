import type { Person } from '../../people/person.js';
import type { RunningServers } from './running-servers.js';

/** People of a test, who go when it has ended. */
export interface Company {
  readonly people: readonly Person[];
  /** Takes somebody in, and gives them back. */
  kept<P extends Person>(person: P): P;
}

/** Sees the people of a test, and then its servers, off when it has ended. */
export function companyOf(test: { after(run: () => Promise<void>): void }, servers: RunningServers): Company {
  const people: Person[] = [];
  test.after(async () => {
    for (const person of people) await person.remove();
    await servers.remove();
  });
  return {
    people,
    kept(person) {
      people.push(person);
      return person;
    },
  };
}
