import type { DeviceId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { newPerson, PASSWORD, type Person, type PersonOptions } from '../../people/person.js';
import type { RunningServers } from './running-servers.js';

/** The code that a call fails with; undefined when it does not. */
export async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.code;
  }
}

/** Another device of somebody, linked by their password. */
export async function linkByPassword(
  servers: RunningServers,
  name: string,
  options: PersonOptions & { readonly password?: string } = {},
): Promise<Person> {
  const device = await newPerson(servers, name, options);
  await device.engine.calls.signIn({ login: name, password: options.password ?? PASSWORD });
  await device.untilOnline();
  return device;
}

/** Another device of somebody, linked by the code that it shows to one that is linked. */
export async function linkByCode(servers: RunningServers, by: Person): Promise<Person> {
  const device = await newPerson(servers, by.name);
  const { code } = await device.engine.calls.beginLink();
  await by.engine.calls.approveLink({ code, password: PASSWORD });
  await device.untilLink(({ state }) => state === 'done');
  await device.untilOnline();
  return device;
}

/** Which device somebody sits at. */
export async function deviceOf(person: Person): Promise<DeviceId> {
  const { devices } = await person.untilDevices((snapshot) =>
    snapshot.devices.some(({ current }) => current),
  );
  return devices.find(({ current }) => current)!.id;
}
