import type { DistributionId } from '@sotto/client/conversation';
import { parseSenderKeyMessage } from '@sotto/client/crypto';
import {
  ANSWER,
  type ConversationId,
  type DeviceId,
  documentName,
  idFromBytes,
  joinUpdate,
  logName,
  parseUpdate,
} from '@sotto/protocol';
import { deviceOfRoot } from './device-of-root.js';
import type { World } from './world.js';

/** The ids of chains that a device has sealed messages of a conversation by, as everybody sees who has the log. */
export async function chainsOf(
  { servers }: World,
  conversation: ConversationId,
  device: DeviceId,
): Promise<DistributionId[]> {
  const document = documentName(logName('m', conversation), 0);
  const records = await servers.stores.log.read(document, new Map());
  const ids = parseUpdate(joinUpdate(records), document, ANSWER).flatMap(({ structs }) =>
    deviceOfRoot(structs[0]!.root!) === device
      ? structs.map(({ envelope }) =>
          idFromBytes<DistributionId>(parseSenderKeyMessage(envelope).distributionId),
        )
      : [],
  );
  return [...new Set(ids)];
}
