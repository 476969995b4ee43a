import { type DocumentName, decodeSignedDeviceList, documentName, logName } from '@sotto/protocol';
import { deviceListPrefix } from '@sotto/store';
import type { RunningServers } from '../../engine/testing/running-servers.js';
import type { Person } from '../../people/person.js';
import { accountOf } from './account.js';

/** The first segment of the inbox of somebody's first device. */
export async function inboxOf({ stores }: RunningServers, person: Person): Promise<DocumentName> {
  const account = await accountOf(person);
  const [list] = await stores.claims.list({ prefix: deviceListPrefix(account), reverse: true });
  return documentName(logName('i', decodeSignedDeviceList(list!.body).list.devices[0]!.id), 0);
}
