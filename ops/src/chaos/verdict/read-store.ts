import type { ConversationId, DocumentName } from '@sotto/protocol';
import { documentName, logName, parseDocumentName } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';
import { hashOf } from '../clients/wire-witness.js';
import type { Stored } from './compare.js';
import { placeOf } from './journal.js';

/**
 * Reads what the store itself holds, with no server between.
 * @param documents that somebody wrote to, besides the conversations' own
 */
export async function readStore(
  log: LogStore,
  conversations: readonly ConversationId[],
  documents: Iterable<string>,
): Promise<Stored> {
  const names = new Set<DocumentName>([...documents].map((text) => parseDocumentName(text).name));
  const messageLogs = conversations.map((conversation) => logName('m', conversation));
  for (const messages of messageLogs) {
    const { segment } = await log.head(messages);
    for (let index = 0; index <= segment; index += 1) names.add(documentName(messages, index));
  }
  const records = new Map<string, string>();
  const holes: string[] = [];
  const counts = new Map<string, number>();
  for (const name of names) {
    const next = new Map<number, number>();
    for (const { document, client, clock, body } of await log.read(name, new Map())) {
      const place = placeOf(document, client, clock);
      records.set(place, hashOf(body));
      if (clock !== (next.get(client) ?? 0)) holes.push(place);
      next.set(client, clock + 1);
      const { log: of } = parseDocumentName(document);
      counts.set(of, (counts.get(of) ?? 0) + 1);
    }
  }
  return { records, holes, messages: messageLogs.map((name) => counts.get(name) ?? 0) };
}
