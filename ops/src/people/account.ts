import type { AccountId } from '@sotto/protocol';
import type { Person } from './person.js';

/** The account that somebody is signed in to. */
export async function accountOf(person: Person): Promise<AccountId> {
  const session = await person.untilSession(({ state }) => state === 'signed-in');
  if (session.state !== 'signed-in') throw new Error('signed out');
  return session.account;
}
