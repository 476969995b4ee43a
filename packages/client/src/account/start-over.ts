import type { AccountId } from '@sotto/protocol';
import { makeDevice } from './device-keys.js';
import { listUnderNewKey, verifyDeviceList } from './device-list.js';
import type { AccountApi } from './http-api.js';
import { formatRecoveryKey, generateRecoveryKey } from './recovery-key.js';
import { assertNotOlder, NOTHING_SEEN } from './seen-versions.js';
import { logIn, orSignedOut, type SignedIn, type SignInInput } from './sign-in.js';
import { tryAgain, waitFor } from './try-again.js';
import { claimedVersion, sealVault, vaultHash } from './vault.js';
import { newVaultContents } from './vault-contents.js';

/**
 * Gives up the account key, and with it all that the vault held: a new vault, with this browser as the one device (SPEC K10). Who knows
 * the account sees another identity; older messages are lost to it.
 * @returns `recoveryKey` is to be shown once
 * @throws AccountError `account/weak-kdf`, `account/list-forged`, `account/vault-rolled-back`, `account/list-rolled-back`;
 * ProtocolError `auth/credentials-wrong`, `auth/vault-stale`, `auth/device-list-stale`, `service/unavailable`, ...
 */
export async function startOver(
  api: AccountApi,
  input: Omit<SignInInput, 'knownDevice'>,
): Promise<SignedIn & { readonly recoveryKey: string }> {
  const begun = await logIn(api, { ...input, knownDevice: undefined });
  return orSignedOut(api, async () => {
    const { account, sealed, authKey } = begun;
    const before = await verifyDeviceList(begun.deviceList, { account });
    const version = await nextVersion(input, account, sealed, before.list.version);
    const recoveryKey = generateRecoveryKey();
    const vault = { ...newVaultContents(account, recoveryKey), version };
    const device = makeDevice({ name: input.deviceName });
    const list = await listUnderNewKey(before, vault.identity, [device.listed], version);
    await input.keep?.({ account, username: begun.session.username, vault, device });
    const request = {
      authKey,
      vault: { previous: await vaultHash(sealed), sealed: new Uint8Array(await sealVault(vault, begun)) },
      deviceList: new Uint8Array(list.encoded),
      device: device.published,
    };
    const session = await tryAgain(() => api.startOver(request), input.wait ?? waitFor);
    const made = { account, session, vault, list, deviceId: device.id, linked: device };
    return { ...made, recoveryKey: formatRecoveryKey(recoveryKey) };
  });
}

/** One above the vault that is given up: whoever opened that one would take no lower one. */
async function nextVersion(
  { seen }: Pick<SignInInput, 'seen'>,
  account: AccountId,
  sealed: Uint8Array,
  list: number,
): Promise<number> {
  const known = (await seen?.(account)) ?? NOTHING_SEEN;
  const vault = claimedVersion(sealed, account);
  assertNotOlder({ vault, list }, known);
  return vault + 1;
}
