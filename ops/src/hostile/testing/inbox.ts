import {
  type AccountId,
  type DeviceList,
  type DocumentName,
  decodeSignedDeviceList,
  documentName,
  logName,
} from '@sotto/protocol';
import { deviceListPrefix } from '@sotto/store';
import type { RunningServers } from '../../engine/testing/running-servers.js';
import { accountOf } from '../../people/account.js';
import type { Person } from '../../people/person.js';

/** The newest signed device list of an account, as the server has it. */
export async function signedListOf({ stores }: RunningServers, account: AccountId): Promise<Uint8Array> {
  const [list] = await stores.claims.list({ prefix: deviceListPrefix(account), reverse: true });
  return list!.body;
}

/** What it says. */
export async function listOf(servers: RunningServers, account: AccountId): Promise<DeviceList> {
  return decodeSignedDeviceList(await signedListOf(servers, account)).list;
}

/** The first segment of the inbox of somebody's first device. */
export async function inboxOf(servers: RunningServers, person: Person): Promise<DocumentName> {
  const { devices } = await listOf(servers, await accountOf(person));
  return documentName(logName('i', devices[0]!.id), 0);
}
