import type { AccountId } from '@sotto/protocol';
import type { Person } from '../../people/person.js';

/** The account that somebody is signed in to. */
export function accountOf({ engine }: Person): Promise<AccountId> {
  return new Promise((resolve) => {
    const stop = engine.watch('session', null, (session) => {
      if (session.state !== 'signed-in') return;
      queueMicrotask(() => stop());
      resolve(session.account);
    });
  });
}
