import {
  completeSignUp,
  createAccountApi,
  createCookieJar,
  firstDeviceList,
  generateRecoveryKey,
  type MadeDevice,
  makeDevice,
  newKdf,
  newVaultContents,
  sealVault,
  type VaultContents,
} from '@sotto/client/account';
import { type AccountId, fromBase64url, randomId } from '@sotto/protocol';
import type { Mail, Service } from '../../people/person.js';

/** Somebody with an account and one device. */
export interface Contact {
  readonly account: AccountId;
  readonly username: string;
  readonly device: MadeDevice;
  readonly vault: VaultContents;
}

async function tokenFor(servers: Service & Mail, api: ReturnType<typeof createAccountApi>, username: string) {
  const email = `${username}@example.org`;
  await api.requestSignUp({ email });
  return servers.linkToken(email);
}

/** Somebody who signs up as people do. */
export async function signUpFully(
  servers: Service & Mail,
  username: string,
  password: string,
): Promise<Contact> {
  const api = createAccountApi({ origin: servers.origin, cookies: createCookieJar() });
  const token = await tokenFor(servers, api, username);
  const { account, device, vault } = await completeSignUp(api, {
    token,
    username,
    password,
    deviceName: 'Before',
  });
  return { account, username, device, vault };
}

/** Somebody who never signs in again: no password is behind the keys, so that making a hundred takes no minutes. */
export async function signUpQuickly(servers: Service & Mail, username: string): Promise<Contact> {
  const api = createAccountApi({ origin: servers.origin, cookies: createCookieJar() });
  const account = randomId<AccountId>();
  const vault = newVaultContents(account, generateRecoveryKey());
  const device = makeDevice({ name: 'Phone' });
  const list = firstDeviceList(account, vault.identity, [device.listed]);
  const kdf = newKdf();
  const random = () => crypto.getRandomValues(new Uint8Array(32));
  await api.completeSignUp({
    token: fromBase64url(await tokenFor(servers, api, username)),
    account,
    username,
    kdf,
    authKey: random(),
    vault: new Uint8Array(await sealVault(vault, { kdf, vaultHalf: random() })),
    deviceList: new Uint8Array(list.encoded),
    device: device.published,
  });
  return { account, username, device, vault };
}
