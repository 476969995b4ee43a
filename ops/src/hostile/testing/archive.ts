import {
  type ArchiveRecord,
  type Archiver,
  openArchiveRecord,
  sealArchiveRecord,
} from '@sotto/client/conversation';
import { ANSWER, type DeviceId, documentName, joinUpdate, logName, parseUpdate } from '@sotto/protocol';
import { putEnvelope } from '../../engine/testing/state-log.js';
import { deviceOfRoot } from './device-of-root.js';
import type { OwnDevice } from './own-device.js';
import type { World } from './world.js';

/** An element of an account's key archive, as it lies in the log. */
export interface ArchivedElement {
  readonly device: DeviceId;
  readonly envelope: Uint8Array;
}

const archiveOf = ({ account }: OwnDevice) => documentName(logName('k', account), 0);

/** Everything in the archive of a device's account. */
export async function archivedElements({ servers }: World, own: OwnDevice): Promise<ArchivedElement[]> {
  const document = archiveOf(own);
  const records = await servers.stores.log.read(document, new Map());
  return parseUpdate(joinUpdate(records), document, ANSWER).flatMap(({ structs }) => {
    const device = deviceOfRoot(structs[0]!.root!);
    return structs.map(({ envelope }) => ({ device, envelope }));
  });
}

/** What an element says, to whoever has the archive's keys, as the device has. @param keyOf an archiver's identity key */
export async function readElement(
  { account, vault }: OwnDevice,
  { envelope }: ArchivedElement,
  keyOf: (device: DeviceId) => Uint8Array | undefined,
): Promise<ArchiveRecord | undefined> {
  const opened = await openArchiveRecord({
    bytes: envelope,
    account,
    keys: vault.archiveKeys,
    devices: keyOf,
  });
  return opened.status === 'open' ? opened.record : undefined;
}

/** Puts an element into the archive again, or another one there. */
export async function putElement(world: World, own: OwnDevice, element: ArchivedElement): Promise<void> {
  await putEnvelope(world.servers, archiveOf(own), element.device, () => element.envelope);
}

/** Archives something as the device, by the keys that it has. */
export async function archive(world: World, own: OwnDevice, record: ArchiveRecord): Promise<void> {
  const { account, device, vault } = own;
  const by: Archiver = { account, device: device.id, identity: device.identity };
  const envelope = await sealArchiveRecord(record, by, vault.archiveKeys[0]!);
  await putElement(world, own, { device: device.id, envelope });
}
