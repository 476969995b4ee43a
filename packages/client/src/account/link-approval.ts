import { MAX_DEVICES } from '@sotto/protocol';
import { constantTimeEqual } from '../crypto/index.js';
import { type AccountOwner, isRival, type OpenedAccount, reopenAccount } from './account-change.js';
import { isPublicKey, listedDevice, nextDeviceList, type VerifiedDeviceList } from './device-list.js';
import { AccountError } from './errors.js';
import type { AccountApi } from './http-api.js';
import { decodeLinkCode, type LinkCode, sealLinkSecrets } from './link-code.js';
import { tryAgain, type Wait, waitFor } from './try-again.js';

/** Lists that other devices may publish between before this gives up. */
const RIVALS = 5;

/**
 * Reads a scanned code and holds it against what the server would link: other keys there are somebody else's.
 * @throws AccountError `account/link-code-wrong`; ProtocolError `auth/link-*`
 */
export async function readLink(api: AccountApi, text: string): Promise<LinkCode> {
  const code = decodeLinkCode(text);
  const held = await api.link(code.ticket);
  const isSame = held.device === code.device && constantTimeEqual(held.identityKey, code.key);
  if (!isSame || !isPublicKey(code.key) || !isPublicKey(code.ephemeral))
    throw new AccountError('account/link-code-wrong');
  return code;
}

/**
 * Links the device whose code was scanned: signs it onto the list by the keys of its code, and seals what it needs to know for it.
 * @param now milliseconds since 1970
 * @returns the list that names it
 * @throws as {@link readLink} and reopenAccount; AccountError `account/too-many-devices`
 */
export async function approveLink(
  api: AccountApi,
  owner: AccountOwner,
  input: { text: string; password: string; now: number },
  wait: Wait = waitFor,
): Promise<{ readonly code: LinkCode; readonly list: VerifiedDeviceList }> {
  const code = await readLink(api, input.text);
  for (let rivals = 0; ; rivals += 1) {
    const opened = await reopenAccount(api, owner, input.password);
    const list = await listWith(opened, code, input.now);
    const { account, identity, version, accountLogKeys, archiveKeys, unlockSecret } = opened.vault;
    const keys = { vaultVersion: version, accountLogKeys, archiveKeys, unlockSecret };
    const sealed = await sealLinkSecrets(code, { account, identity: identity.publicKey, ...keys });
    const request = { authKey: opened.authKey, deviceList: new Uint8Array(list.encoded), sealed };
    try {
      await tryAgain(() => api.approveLink(code.ticket, request), wait);
      return { code, list };
    } catch (error) {
      if (!isRival(error) || rivals === RIVALS) throw error;
    }
  }
}

/** The list with the device of the code; as it is when it names it already, after an approval that broke off. */
async function listWith(
  { list, vault }: OpenedAccount,
  { device, key, name }: LinkCode,
  now: number,
): Promise<VerifiedDeviceList> {
  const listed = listedDevice(list, device);
  if (listed) {
    if (!constantTimeEqual(listed.key, key)) throw new AccountError('account/link-code-wrong');
    return list;
  }
  if (list.list.devices.length >= MAX_DEVICES) throw new AccountError('account/too-many-devices');
  const added = { id: device, key: new Uint8Array(key), name, kind: 'device' as const, added: now };
  return nextDeviceList(list, vault.identity, [...list.list.devices, added]);
}
