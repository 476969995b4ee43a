import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64url } from '@sotto/protocol';
import { forgedSession } from '../../engine/testing/forged-session.js';
import { deviceOf } from '../../engine/testing/own-devices.js';
import { accountOf } from '../../people/account.js';
import { PASSWORD, type Person } from '../../people/person.js';
import { signedListOf } from './inbox.js';
import { tamperingFetch } from './tampering-fetch.js';
import type { World } from './world.js';

/** A second device of somebody's that was stolen, and is off when its owner removes it. */
export interface StolenPhone {
  /** Removes it from the account. */
  remove(): Promise<void>;
  /** Switches it on again, by a server that goes on serving it: with a session, and the list from when it belonged. */
  switchOn(): Promise<Person>;
}

/** @param owner at their other device; the phone has all there is to read */
export async function stealPhone(world: World, owner: Person): Promise<StolenPhone> {
  const { servers } = world;
  const phone = await world.newcomer(`${owner.name}-phone`);
  await phone.engine.calls.signIn({ login: owner.name, password: PASSWORD });
  await phone.untilOnline();
  await phone.untilTimeline(world.conversation, ({ items }) => items.length === 2);
  const [account, device] = [await accountOf(phone), await deviceOf(phone)];
  const deviceList = toBase64url(await signedListOf(servers, account));
  return {
    async remove() {
      await phone.engine.close();
      await owner.engine.calls.removeDevice({ device, password: PASSWORD });
    },
    async switchOn() {
      const session = await forgedSession(servers, { account, device, username: owner.name });
      const folder = await mkdtemp(join(tmpdir(), 'sotto-stolen-'));
      await cp(phone.folder, folder, { recursive: true });
      const thief = await world.newcomer('thief', {
        folder,
        fetch: tamperingFetch({
          forge: ({ path }) => (path === '/api/session/refresh' ? session : undefined),
          change: (_, answer) => (answer.username === owner.name ? { ...answer, deviceList } : undefined),
        }),
      });
      await thief.untilOnline();
      return thief;
    },
  };
}
