import { type DistributionId, distributionId } from '@sotto/client/conversation';
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

/** The lowest generation of a device under which this is the id of a chain: there is no secret in it. */
export function generationOf(
  id: DistributionId,
  name: { conversation: ConversationId; epoch: number; device: DeviceId },
) {
  for (let generation = 0; generation < 10_000; generation += 1)
    if (distributionId({ ...name, generation }) === id) return generation;
  throw new Error('no generation gives this id');
}
