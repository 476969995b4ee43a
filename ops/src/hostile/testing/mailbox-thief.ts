import { createAccountApi, createCookieJar, startOver } from '@sotto/client/account';
import type { Person } from '../../people/person.js';
import type { OwnDevice } from './own-device.js';
import type { World } from './world.js';

/** What the thief chose. */
export const THIEFS_PASSWORD = 'chosen by the thief';

/** Sets somebody's password by a link from their mailbox. */
export async function resetByMail({ newcomer, servers }: World, owner: Person): Promise<void> {
  const email = `${owner.name}@example.org`;
  const page = await newcomer('mailbox-thief');
  await page.engine.calls.requestReset({ email });
  await page.engine.calls.completeReset({
    token: await servers.resetToken(email),
    password: THIEFS_PASSWORD,
  });
}

/** Begins the account anew by the password that was set by mail: a device whose keys are all the thief's. */
export async function startOverByMail(world: World, owner: Person): Promise<Omit<OwnDevice, 'publish'>> {
  await resetByMail(world, owner);
  const api = createAccountApi({ origin: world.servers.origin, cookies: createCookieJar() });
  const begun = await startOver(api, { login: owner.name, password: THIEFS_PASSWORD, deviceName: 'Phone' });
  return { account: begun.account, api, device: begun.linked!, vault: begun.vault };
}
