import { ProtocolError } from '@sotto/protocol';
import { generateKeyPair, type KeyPair } from '../crypto/index.js';
import type { Session } from './access-session.js';
import { againMs } from './again-ms.js';
import { type MadeDevice, makeDevice } from './device-keys.js';
import { listedDevice, type VerifiedDeviceList, verifyDeviceList } from './device-list.js';
import { AccountError } from './errors.js';
import type { AccountApi } from './http-api.js';
import { encodeLinkCode, type LinkCode, type LinkSecrets, openLinkSecrets } from './link-code.js';
import { assertVaultOf } from './seen-versions.js';
import { tryAgain, type Wait, waitFor } from './try-again.js';

/** A browser that shows a code and waits for a device of an account to link it. */
export interface LinkOffer {
  /** What its QR code says. */
  readonly text: string;
  readonly device: MadeDevice;
  /** Milliseconds since 1970. */
  readonly until: number;
  readonly code: LinkCode;
  readonly ephemeral: KeyPair;
  readonly secret: Uint8Array;
}

/** A question that failed is asked again after this, milliseconds. */
const AGAIN_MS = 1_000;

/**
 * Makes a device and asks for a ticket for it. Nobody knows of the device before it is linked.
 * @param options `now` milliseconds since 1970
 */
export async function offerLink(
  api: AccountApi,
  { deviceName, now }: { deviceName: string; now: () => number },
): Promise<LinkOffer> {
  const device = makeDevice({ name: deviceName, now: now() });
  const ephemeral = generateKeyPair();
  const { ticket, secret, expiresIn } = await api.newLink({ device: device.published });
  const code: LinkCode = {
    ticket,
    device: device.id,
    key: device.listed.key,
    ephemeral: ephemeral.publicKey,
    name: deviceName,
  };
  const until = now() + expiresIn * 1_000;
  return { text: encodeLinkCode(code), device, until, code, ephemeral, secret };
}

/**
 * Waits until the code was scanned and its device linked.
 * @param isOver asked between two questions: nobody waits any more
 * @returns undefined when it is over
 * @throws AccountError `account/link-code-wrong` when what came was not sealed by who saw the code; ProtocolError `auth/link-*`
 */
export async function awaitLink(
  api: AccountApi,
  offer: LinkOffer,
  isOver: () => boolean,
  wait: Wait = waitFor,
): Promise<LinkSecrets | undefined> {
  while (!isOver()) {
    try {
      const sealed = await api.waitForLink(offer.code.ticket, offer.secret);
      if (sealed) return await openLinkSecrets(offer.code, offer.ephemeral, sealed);
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.retry !== 'later') throw error;
      await wait(againMs(error.retryAfterMs ?? AGAIN_MS));
    }
  }
  return undefined;
}

/**
 * Takes up the linked device's session, once its secrets are kept, and verifies that the account lists it.
 * @throws AccountError `account/device-missing`, or as verifyDeviceList; ProtocolError `auth/link-used`, ...
 */
export async function completeLink(
  api: AccountApi,
  { code, secret, device }: LinkOffer,
  { account, identity, vaultVersion }: LinkSecrets,
  wait: Wait = waitFor,
): Promise<{ readonly session: Session; readonly list: VerifiedDeviceList }> {
  const session = await tryAgain(() => api.completeLink(code.ticket, secret), wait);
  if (session.account !== account || session.device !== device.id)
    throw new AccountError('account/device-missing');
  const { deviceList } = await tryAgain(() => api.account(account), wait);
  const list = await verifyDeviceList(deviceList, { account, identity });
  assertVaultOf(list, vaultVersion);
  const listed = listedDevice(list, device.id);
  if (listed?.key.join() !== device.listed.key.join()) throw new AccountError('account/device-missing');
  return { session, list };
}
