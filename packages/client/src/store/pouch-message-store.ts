import type { DocumentName, LogName } from '@sotto/protocol';
import { envelopeId, segmentPrefix } from './envelope-ids.js';
import { documentsOf, envelopesOf, vectorOf } from './envelope-runs.js';
import { assertKey, prefixRange } from './key-names.js';
import type { MessageStore } from './message-store.js';
import type { Pouch } from './pouch.js';
import { sealedDocuments } from './pouch-documents.js';
import { createSealer } from './sealing.js';

const RECORD = 'record:';

/**
 * A message store over PouchDB: one immutable document an envelope or a run of them, under an id that sorts by position, and
 * mutable records beside them. Ids are readable on disk; bodies are sealed. Reads throw StoreError `store/unopenable`, writes
 * `store/write-failed`.
 * @param storeKey 32 bytes
 */
export async function pouchMessageStore(pouch: Pouch, storeKey: Uint8Array): Promise<MessageStore> {
  const documents = sealedDocuments(pouch, await createSealer(storeKey, 'Sotto message store v1'));
  let last: Promise<unknown> = Promise.resolve();

  /** One write after the other: then a conflict can only mean that the document was there before. */
  function inTurn<T>(write: () => Promise<T>): Promise<T> {
    const turn = last.then(write, write);
    last = turn;
    return turn;
  }

  async function firstSegment(log: LogName, after: string): Promise<number | undefined> {
    const [id] = await documents.ids(after, prefixRange(`${log}.`).last, 1);
    return id === undefined ? undefined : Number(id.split('.')[2]);
  }

  return {
    put: (envelopes) =>
      inTurn(() =>
        documents.put(envelopes.map((envelope) => [envelopeId(envelope), envelope.content] as const)),
      ),

    putFresh: (envelopes) => inTurn(() => documents.put(documentsOf(envelopes))),

    async segment(document) {
      return envelopesOf(await documents.list(segmentPrefix(document)));
    },

    async stateVector(document) {
      const { first, last: end } = prefixRange(segmentPrefix(document));
      return vectorOf(await documents.ids(first, end));
    },

    async segments(log) {
      const found: number[] = [];
      let after = `${log}.`;
      for (;;) {
        const segment = await firstSegment(log, after);
        if (segment === undefined) return found;
        found.push(segment);
        after = prefixRange(segmentPrefix(`${log}.${segment}` as DocumentName)).last;
      }
    },

    record: (key) => documents.get(RECORD + key),

    async records(prefix) {
      const entries = await documents.list(RECORD + prefix);
      return entries.map(([id, value]) => [id.slice(RECORD.length), value]);
    },

    async putRecord(key, value) {
      assertKey(key);
      await inTurn(() => documents.rewrite(RECORD + key, value));
    },

    removeRecord: (key) => inTurn(() => documents.remove(RECORD + key)),
    async close() {
      await last.catch(() => undefined);
      await pouch.close();
    },
    async destroy() {
      await last.catch(() => undefined);
      await pouch.destroy();
    },
  };
}
