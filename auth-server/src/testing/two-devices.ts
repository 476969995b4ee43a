import type { SessionId } from '@sotto/protocol';
import { accessOf } from './access-of.js';
import { type DeviceBody, listWith, newAccount, newDevice, type SignUpBody } from './new-account.js';
import type { RunningServer } from './running-server.js';
import type { TestClient } from './test-client.js';

/** Somebody with two devices, each with its session, and the list that names both. */
export interface TwoDevices {
  readonly account: SignUpBody;
  readonly first: TestClient;
  readonly second: TestClient;
  readonly other: DeviceBody;
  readonly list: Uint8Array<ArrayBuffer>;
}

export async function newTwoDevices(server: RunningServer, name: string): Promise<TwoDevices> {
  const account = newAccount(await server.linkFor(`${name}@example.org`), name);
  const first = server.client();
  await first.begin('/api/signup/complete', account);
  const other = newDevice();
  const list = listWith(account.deviceList, other);
  const second = server.client();
  await second.begin('/api/login', { login: name, authKey: account.authKey });
  await second.begin('/api/devices', { deviceList: list, device: other });
  return { account, first, second, other, list };
}

export function sessionOf(client: TestClient): SessionId {
  return accessOf(client.accessToken!).sid as SessionId;
}
