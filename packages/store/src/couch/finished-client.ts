import { unavailable } from './couch-client.js';
import type { CouchDocumentState } from './couch-document-state.js';
import { learnSlot, noticeFork } from './couch-document-state.js';
import type { CouchDatabase } from './database.js';
import { registerDocument } from './record-documents.js';

const ROUNDS = 8;

/**
 * Two servers took two bodies at one position: the client is finished (SPEC S5). The register says so, so that every server
 * knows it, now and after a restart.
 */
export async function writeFinished(
  database: CouchDatabase,
  state: CouchDocumentState,
  client: number,
): Promise<void> {
  noticeFork(state, client);
  for (let round = 0; round < ROUNDS; round += 1) {
    if (state.forked.get(client)) return;
    const document = registerDocument(state.prefix, state.slots, { f: client });
    const others = await database.putAll([document], (mine, stored) => mine.f === stored.f);
    const leaves = others.get(document._id) ?? [{ ...document, _rev: '' }];
    learnSlot(state, document._id, leaves);
  }
  throw unavailable('others keep writing the same register');
}
