import { openStateEnvelope } from '@sotto/client/conversation';
import {
  ANSWER,
  type ConversationId,
  type DeviceId,
  type DocumentName,
  documentName,
  encodeStruct,
  feedRoot,
  joinUpdate,
  logName,
  parseUpdate,
} from '@sotto/protocol';
import type { RunningServers } from './running-servers.js';

type Stored = Pick<RunningServers, 'stores'>;

const WAIT_MS = 15_000;
const STEP_MS = 50;

/** The first segment of a conversation's state log. */
export const stateDocument = (conversation: ConversationId): DocumentName =>
  documentName(logName('s', conversation), 0);

/** The signed state events that the server holds, as far as these keys open them. */
export async function signedStateEvents(
  { stores }: Stored,
  conversation: ConversationId,
  keys: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const document = stateDocument(conversation);
  const records = await stores.log.read(document, new Map());
  const events: Uint8Array[] = [];
  for (const { client, records: run, structs } of parseUpdate(joinUpdate(records), document, ANSWER))
    for (const [index, { envelope }] of structs.entries()) {
      const position = { document, client, clock: run[index]!.clock };
      const opened = await openStateEnvelope({ bytes: envelope, position, keys });
      if (opened.status === 'open') events.push(opened.signed);
    }
  return events;
}

/** How many state events of a conversation the server holds. */
export async function stateEvents({ stores }: Stored, conversation: ConversationId): Promise<number> {
  return (await stores.log.read(stateDocument(conversation), new Map())).length;
}

/** Waits until the server holds so many. */
export async function untilStateEvents(
  servers: Stored,
  conversation: ConversationId,
  count: number,
): Promise<void> {
  for (let waited = 0; (await stateEvents(servers, conversation)) < count; waited += STEP_MS) {
    if (waited > WAIT_MS) throw new Error(`${count} state events did not come`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}

/**
 * Puts an envelope into a log, in a feed of its own: what only whoever has the store can do.
 * @param seal makes it, for the client id of that feed and clock 0
 */
export async function putEnvelope(
  { stores }: Stored,
  document: DocumentName,
  device: DeviceId,
  seal: (client: number) => Uint8Array | Promise<Uint8Array>,
): Promise<void> {
  const client = 1_000_000 + Math.floor(Math.random() * 10_000_000);
  const body = encodeStruct(feedRoot(device, client), client, 0, await seal(client));
  await stores.log.append([{ document, client, clock: 0, body }]);
}
