import type { DocumentName, LogName } from '@sotto/protocol';
import { envelopeId, segmentPrefix } from './envelope-ids.js';
import { documentsOf, envelopesOf, vectorOf } from './envelope-runs.js';
import { assertKey, prefixRange } from './key-names.js';
import type { MessageStore, StoredEnvelope } from './message-store.js';
import type { Pouch } from './pouch.js';
import { sealedDocuments } from './pouch-documents.js';
import { createSealer } from './sealing.js';
import { SegmentIndex } from './segment-index.js';

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

  /** What is put while another write is under way goes as one. */
  let gathered: { readonly values: Map<string, Uint8Array>; readonly written: Promise<void> } | undefined;

  function put(entries: Iterable<readonly [id: string, value: Uint8Array]>): Promise<void> {
    if (!gathered) {
      const values = new Map<string, Uint8Array>();
      const written = inTurn(() => {
        gathered = gathered?.values === values ? undefined : gathered;
        return documents.put(values, (id) => id.startsWith(RECORD));
      });
      gathered = { values, written };
    }
    for (const [id, value] of entries) gathered.values.set(id, value);
    return gathered.written;
  }

  const index = new SegmentIndex(readSegments);

  async function putEnvelopes(
    envelopes: readonly StoredEnvelope[],
    entries: readonly (readonly [id: string, value: Uint8Array])[],
  ): Promise<void> {
    try {
      await put(entries);
    } catch (error) {
      index.forget();
      throw error;
    }
    await index.stored(new Set(envelopes.map(({ document }) => document)));
  }

  async function firstSegment(log: LogName, after: string): Promise<number | undefined> {
    const [id] = await documents.ids(after, prefixRange(`${log}.`).last, 1);
    return id === undefined ? undefined : Number(id.split('.')[2]);
  }

  async function readSegments(log: LogName): Promise<number[]> {
    const found: number[] = [];
    let after = `${log}.`;
    for (;;) {
      const segment = await firstSegment(log, after);
      if (segment === undefined) return found;
      found.push(segment);
      after = prefixRange(segmentPrefix(`${log}.${segment}` as DocumentName)).last;
    }
  }

  return {
    put: async (envelopes) =>
      putEnvelopes(
        envelopes,
        envelopes.map((envelope) => [envelopeId(envelope), envelope.content] as const),
      ),

    putFresh: async (envelopes) => putEnvelopes(envelopes, documentsOf(envelopes)),

    async segment(document) {
      const stored = (await index.mayHold(document)) ? await documents.list(segmentPrefix(document)) : [];
      return envelopesOf(stored);
    },

    async stateVector(document) {
      const { first, last: end } = prefixRange(segmentPrefix(document));
      return vectorOf((await index.mayHold(document)) ? await documents.ids(first, end) : []);
    },

    segments: (log) => index.of(log),

    record: (key) => documents.get(RECORD + key),

    async records(prefix) {
      const entries = await documents.list(RECORD + prefix);
      return entries.map(([id, value]) => [id.slice(RECORD.length), value]);
    },

    async putRecord(key, value) {
      assertKey(key);
      await put([[RECORD + key, value]]);
    },

    removeRecord(key) {
      // What is put from now on comes after it.
      gathered = undefined;
      return inTurn(() => documents.remove(RECORD + key));
    },
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
