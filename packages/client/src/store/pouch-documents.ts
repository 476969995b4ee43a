import { fromBase64, toBase64 } from './base64.js';
import { StoreError } from './errors.js';
import { prefixRange } from './key-names.js';
import type { Pouch, PouchDocument, PouchResult, PouchRow } from './pouch.js';
import type { Sealer } from './sealing.js';

/** Documents of one bulkDocs: bounds the transaction, and what is in memory twice. */
const BATCH = 256;
const CONFLICT = 409;

/** Sealed values by document id, over PouchDB. One writer at a time. */
export interface SealedDocuments {
  /**
   * Writes values; an equal one that is there already stays as it is.
   * @param isRewritten whether an id is written again and again: where it was last left is remembered
   */
  put(values: ReadonlyMap<string, Uint8Array>, isRewritten?: (id: string) => boolean): Promise<void>;
  get(id: string): Promise<Uint8Array | undefined>;
  list(prefix: string): Promise<[id: string, value: Uint8Array][]>;
  /** Ids from `first` to `last`, without their bodies. */
  ids(first: string, last: string, limit?: number): Promise<string[]>;
  remove(id: string): Promise<void>;
}

export function sealedDocuments(pouch: Pouch, sealer: Sealer): SealedDocuments {
  const open = (document: PouchDocument) => sealer.open(document._id, fromBase64(document.v!));
  const seal = async (id: string, value: Uint8Array): Promise<PouchDocument> => ({
    _id: id,
    v: toBase64(await sealer.seal(id, value)),
  });

  /** Revisions of what was rewritten here. Without its revision a document is refused, looked up and written again. */
  const revisions = new Map<string, string>();

  /** @returns ids that are there already */
  async function write(documents: readonly PouchDocument[]): Promise<string[]> {
    const results = await pouch.bulkDocs(documents).catch(failed);
    for (const result of results)
      if ('ok' in result && revisions.has(result.id)) revisions.set(result.id, result.rev);
    const refused = results.filter((result) => 'error' in result);
    if (refused.some(({ status }) => status !== CONFLICT)) failed(refused[0]);
    return refused.map(({ id }) => id!);
  }

  async function existing(ids: readonly string[]): Promise<PouchRow[]> {
    const { rows } = await pouch.allDocs({ keys: ids, include_docs: true });
    return rows.filter((row): row is PouchRow => 'value' in row);
  }

  async function isEqual(row: PouchRow, value: Uint8Array): Promise<boolean> {
    if (!row.doc?.v) return false;
    try {
      const present = await open(row.doc);
      return present.length === value.length && present.every((byte, index) => byte === value[index]);
    } catch (error) {
      // What does not open is no loss: it is written anew.
      if (error instanceof StoreError) return false;
      throw error;
    }
  }

  async function replace(values: ReadonlyMap<string, Uint8Array>, ids: readonly string[]): Promise<void> {
    const documents: PouchDocument[] = [];
    for (const row of await existing(ids)) {
      const value = values.get(row.id)!;
      if (!(await isEqual(row, value)))
        documents.push({ ...(await seal(row.id, value)), _rev: row.value.rev });
    }
    if (documents.length > 0 && (await write(documents)).length > 0) failed();
  }

  return {
    async put(values, isRewritten = () => false) {
      const ids = [...values.keys()];
      const documentOf = async (id: string) => {
        const revision = revisions.get(id);
        // Known from now on, by this write or by the one that follows on its refusal.
        if (isRewritten(id)) revisions.set(id, revision ?? '');
        const document = await seal(id, values.get(id)!);
        return revision ? { ...document, _rev: revision } : document;
      };
      for (let at = 0; at < ids.length; at += BATCH) {
        const batch = ids.slice(at, at + BATCH);
        const conflicts = await write(await Promise.all(batch.map(documentOf)));
        if (conflicts.length > 0) await replace(values, conflicts);
      }
    },
    async get(id) {
      const [row] = await existing([id]);
      return row?.doc?.v === undefined ? undefined : open(row.doc);
    },
    async list(prefix) {
      const { first, last } = prefixRange(prefix);
      const { rows } = await pouch.allDocs({ startkey: first, endkey: last, include_docs: true });
      return Promise.all(
        rows.map(async ({ id, doc }): Promise<[string, Uint8Array]> => [id, await open(doc!)]),
      );
    },
    async ids(first, last, limit) {
      const bound = limit === undefined ? {} : { limit };
      const { rows } = await pouch.allDocs({ startkey: first, endkey: last, ...bound });
      return rows.map(({ id }) => id);
    },
    async remove(id) {
      revisions.delete(id);
      const [row] = await existing([id]);
      if (!row || row.value.deleted) return;
      const conflicts = await write([{ _id: id, _rev: row.value.rev, _deleted: true }]);
      if (conflicts.length > 0) failed();
    },
  };
}

function failed(cause?: PouchResult | unknown): never {
  throw new StoreError('store/write-failed', { cause });
}
