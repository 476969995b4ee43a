import { preKeyBundleOf } from '@sotto/client/account';
import { encodeInboxElement, encodeInboxRecord, type InboxRecord } from '@sotto/client/conversation';
import { type IdentityKeyPair, MemoryStores, SessionBuilder, SessionCipher } from '@sotto/client/crypto';
import { type AccountId, type DeviceId, documentName, logName } from '@sotto/protocol';
import { putEnvelope } from '../../engine/testing/state-log.js';
import type { OwnDevice } from './own-device.js';
import type { World } from './world.js';

/** Somebody's device. */
export interface Address {
  readonly account: AccountId;
  readonly device: DeviceId;
}

/**
 * Says something to a device over a fresh session, by a program that says whatever it likes.
 * @param by who has it said: its account takes the other device's pre-keys
 * @param as in whose name, by what the element and its feed say; and by which identity key, which is `by`'s own elsewhere
 */
export async function says(
  { servers }: World,
  by: Pick<OwnDevice, 'account' | 'api' | 'device'>,
  to: Address,
  record: InboxRecord,
  as: Address & { readonly identity?: IdentityKeyPair } = { account: by.account, device: by.device.id },
): Promise<void> {
  const stores = new MemoryStores(as.identity ?? by.device.identity, by.device.published.registrationId);
  const address = { name: to.account, deviceId: to.device };
  const bundle = preKeyBundleOf(await by.api.takeBundle(to.device));
  await new SessionBuilder(stores, address).processPreKeyBundle(bundle);
  const { body } = await new SessionCipher(stores, address).encrypt(encodeInboxRecord(record));
  const log = logName('i', to.device);
  const document = documentName(log, (await servers.stores.log.head(log)).segment);
  const element = encodeInboxElement({ account: as.account, kind: 'prekey', body });
  await putEnvelope(servers, document, as.device, () => element);
}

/** How much was ever said to a device. */
export async function inboxSize({ servers }: World, device: DeviceId): Promise<number> {
  const log = logName('i', device);
  const { segment } = await servers.stores.log.head(log);
  let size = 0;
  for (let at = 0; at <= segment; at += 1)
    size += (await servers.stores.log.read(documentName(log, at), new Map())).length;
  return size;
}
