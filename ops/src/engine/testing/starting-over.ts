import { newPerson, type Person } from '../../people/person.js';
import { codeOf } from './own-devices.js';
import type { RunningServers } from './running-servers.js';

const NEW_PASSWORD = 'another long password';

/** A new browser of somebody who lost everything: the password is reset by mail, and the account begun anew. */
export async function startOver(servers: RunningServers, name: string): Promise<Person> {
  const anew = await newPerson(servers, name);
  const email = `${name}@example.org`;
  await anew.engine.calls.requestReset({ email });
  const token = await servers.resetToken(email);
  await anew.engine.calls.completeReset({ token, password: NEW_PASSWORD });
  const entrance = { login: name, password: NEW_PASSWORD };
  const code = await codeOf(anew.engine.calls.signIn(entrance));
  if (code !== 'client/vault-locked') throw new Error(`the new password opened the vault, or ${code}`);
  await anew.engine.calls.startOver(entrance);
  await anew.untilOnline();
  return anew;
}
