import { decodeInboxElement } from '@sotto/client/conversation';
import { parsePreKeySignalMessage, parseSenderKeyMessage, parseSignalMessage } from '@sotto/client/crypto';
import type { ConversationId, DeviceId, DocumentName, LogName } from '@sotto/protocol';
import { ANSWER, documentName, joinUpdate, logName, parseUpdate, toBase64url } from '@sotto/protocol';
import * as assert from 'uvu/assert';
import type { RunningServers } from './running-servers.js';

/** Every envelope that a server holds of a log. */
async function envelopes(servers: RunningServers, log: LogName): Promise<Uint8Array[]> {
  const { segment } = await servers.stores.log.head(log);
  const all: Uint8Array[] = [];
  for (let at = 0; at <= segment; at += 1) all.push(...(await inDocument(servers, documentName(log, at))));
  return all;
}

async function inDocument(servers: RunningServers, document: DocumentName): Promise<Uint8Array[]> {
  const records = await servers.stores.log.read(document, new Map());
  if (records.length === 0) return [];
  const runs = parseUpdate(joinUpdate(records), document, ANSWER);
  return runs.flatMap(({ structs }) => structs.map(({ envelope }) => envelope));
}

/**
 * Looks through what servers hold: no iteration of a chain and no message key of a ratchet has sealed two things.
 * @param devices whose inboxes to look at
 */
export async function assertKeysUsedOnce(
  servers: RunningServers,
  conversations: readonly ConversationId[],
  devices: readonly DeviceId[],
): Promise<void> {
  const uses = new Map<string, string>();
  const use = (key: string, sealed: Uint8Array) => {
    const text = toBase64url(sealed);
    // The same bytes twice say nothing more: a post that was not acknowledged may come in another place again.
    assert.is(uses.get(key) ?? text, text, `${key} sealed two things`);
    uses.set(key, text);
  };
  for (const conversation of conversations)
    for (const kind of ['m', 'r'] as const)
      for (const sealed of await envelopes(servers, logName(kind, conversation))) {
        const { distributionId, iteration } = parseSenderKeyMessage(sealed);
        use(`iteration ${iteration} of ${toBase64url(distributionId)}`, sealed);
      }
  for (const device of devices)
    for (const element of await envelopes(servers, logName('i', device))) {
      const { kind, body } = decodeInboxElement(element);
      const message = kind === 'prekey' ? parsePreKeySignalMessage(body).message : parseSignalMessage(body);
      use(`counter ${message.counter} of ${toBase64url(message.ratchetKey)}`, message.ciphertext);
    }
  assert.ok(uses.size > 0);
}
