import { type AccountId, randomId } from '@sotto/protocol';
import type { Session } from './access-session.js';
import { type MadeDevice, makeDevice } from './device-keys.js';
import { firstDeviceList, type VerifiedDeviceList } from './device-list.js';
import type { AccountApi, CompleteSignUpRequest } from './http-api.js';
import { assertPasswordLength, derivePasswordKeys, newKdf } from './kdf.js';
import { readToken } from './mailed-token.js';
import { formatRecoveryKey, generateRecoveryKey } from './recovery-key.js';
import { tryAgain, type Wait, waitFor } from './try-again.js';
import { sealVault } from './vault.js';
import { newVaultContents, type VaultContents } from './vault-contents.js';

export interface SignUpInput {
  /** From the mailed link: 32 bytes in base64url. */
  readonly token: string;
  readonly username: string;
  readonly password: string;
  /** As people read it: "Firefox on Linux". */
  readonly deviceName: string;
  /** Stores the device's secrets, before the server hears of it: a published device whose keys are lost helps nobody. */
  readonly keep?: ((made: Pick<SignedUp, 'account' | 'vault' | 'device'>) => Promise<void>) | undefined;
  readonly wait?: Wait | undefined;
}

/** An account that was made, and this device with it. */
export interface SignedUp {
  readonly account: AccountId;
  /** To be shown once: 12 groups of 4 characters. */
  readonly recoveryKey: string;
  readonly session: Session;
  readonly vault: VaultContents;
  readonly device: MadeDevice;
  readonly list: VerifiedDeviceList;
}

/**
 * Makes an account: its keys, its vault, this device and the first device list, and registers all of it by one request, which is
 * repeated while its answer may be lost.
 * @throws AccountError `account/password-length`; ProtocolError `auth/link-*`, `auth/username-taken`,
 * `auth/email-taken`, `request/invalid`, `service/unavailable`
 */
export async function completeSignUp(api: AccountApi, input: SignUpInput): Promise<SignedUp> {
  const token = readToken(input.token);
  assertPasswordLength(input.password);
  const account = randomId<AccountId>();
  const recoveryKey = generateRecoveryKey();
  const vault = newVaultContents(account, recoveryKey);
  const device = makeDevice({ name: input.deviceName });
  const list = firstDeviceList(account, vault.identity, [device.listed]);
  const sealed = await sealUnderPassword(vault, input.password);
  const request: CompleteSignUpRequest = {
    ...sealed,
    token,
    account,
    username: input.username,
    deviceList: new Uint8Array(list.encoded),
    device: device.published,
  };
  await input.keep?.({ account, vault, device });
  const session = await tryAgain(() => api.completeSignUp(request), input.wait ?? waitFor);
  return { account, recoveryKey: formatRecoveryKey(recoveryKey), session, vault, device, list };
}

async function sealUnderPassword(
  contents: VaultContents,
  password: string,
): Promise<Pick<CompleteSignUpRequest, 'kdf' | 'authKey' | 'vault'>> {
  const kdf = newKdf();
  const { authKey, vaultHalf } = await derivePasswordKeys(password, kdf);
  const vault = new Uint8Array(await sealVault(contents, { kdf, vaultHalf }));
  return { kdf, authKey: new Uint8Array(authKey), vault };
}
