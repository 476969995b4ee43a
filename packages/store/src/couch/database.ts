import * as v from 'valibot';
import type { CouchClient } from './couch-client.js';
import { pause, unavailable } from './couch-client.js';

/** A document as it is written. */
export interface CouchDocument {
  readonly _id: string;
  readonly _rev?: string;
  readonly _deleted?: boolean;
  readonly [field: string]: unknown;
}

/** A document as it is read: what it holds is the reader's to check. */
export type StoredDocument = CouchDocument & { readonly _rev: string };

const storedDocument = v.looseObject({ _id: v.string(), _rev: v.string() });
const written = v.array(
  v.looseObject({
    id: v.string(),
    ok: v.optional(v.boolean()),
    rev: v.optional(v.string()),
    accepted: v.optional(v.boolean()),
    error: v.optional(v.unknown()),
  }),
);
const got = v.looseObject({
  results: v.array(
    v.looseObject({ id: v.string(), docs: v.array(v.looseObject({ ok: v.optional(storedDocument) })) }),
  ),
});
const listed = v.looseObject({
  rows: v.array(
    v.looseObject({
      id: v.string(),
      value: v.optional(v.looseObject({ rev: v.optional(v.string()) })),
      doc: v.optional(v.nullable(storedDocument)),
    }),
  ),
});
const information = v.looseObject({
  update_seq: v.union([v.string(), v.number()]),
  props: v.optional(v.looseObject({ partitioned: v.optional(v.boolean()) })),
  cluster: v.optional(v.looseObject({ n: v.number(), w: v.number() })),
});
const membership = v.looseObject({ all_nodes: v.array(v.string()), cluster_nodes: v.array(v.string()) });
const revision = v.looseObject({ rev: v.string() });
const branches = v.array(v.looseObject({ ok: v.optional(storedDocument) }));

const withAttachments = v.looseObject({
  _attachments: v.record(v.string(), v.looseObject({ data: v.string() })),
});

export interface Range {
  readonly gte: string;
  readonly lt: string;
  readonly limit?: number;
  readonly reverse?: boolean;
  readonly bodies?: boolean;
}

const BATCH = 256;
/** Documents of one purge: what CouchDB takes unless it is told otherwise. */
const PURGED_AT_ONCE = 100;
/** Answers of databases that have no purge. */
const CANNOT_PURGE: ReadonlySet<number> = new Set([400, 404, 405, 501]);

/** One CouchDB database, over whichever node answers. */
export class CouchDatabase {
  readonly name: string;
  readonly #client: CouchClient;
  #partitioned = false;
  /** Copies of every document that may be out of reach while a write still has its quorum. */
  #spare = 0;

  constructor(client: CouchClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  /**
   * Learns what kind of database it is.
   * @returns the feed's position now, opaque; undefined where there is no such database
   */
  async open(): Promise<string | undefined> {
    const { status, body } = await this.#client.ask({ method: 'GET', path: this.name });
    if (status === 404) return undefined;
    const { update_seq, props, cluster } = parse(information, body);
    this.#partitioned = props?.partitioned === true;
    this.#spare = cluster ? cluster.n - cluster.w : 0;
    return String(update_seq);
  }

  /**
   * Writes documents that never change, durably on a quorum, however often it takes.
   * @returns what lies at the ids where another body was before
   * @throws ProtocolError `sync/store-unavailable` when nothing may be assumed
   */
  async putAll(
    documents: readonly CouchDocument[],
    same: (mine: CouchDocument, stored: StoredDocument) => boolean,
  ): Promise<Map<string, StoredDocument[]>> {
    const others = new Map<string, StoredDocument[]>();
    let open = documents;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt > 0) await this.#again(attempt);
      const conflicts: CouchDocument[] = [];
      const again: CouchDocument[] = [];
      const results = await this.#bulk({ docs: open });
      for (const [index, mine] of open.entries()) {
        const result = results[index];
        if (result?.id !== mine._id) throw unavailable('CouchDB answered for other documents');
        if (result.error === 'conflict') conflicts.push(mine);
        else if (result.ok !== true || result.accepted === true) again.push(mine);
      }
      const stored = await this.getAll(conflicts.map(({ _id }) => _id));
      const there: StoredDocument[] = [];
      for (const mine of conflicts) {
        const leaves = stored.get(mine._id) ?? [];
        const [only] = leaves;
        if (!only) again.push(mine);
        else if (leaves.length === 1 && same(mine, only)) there.push(only);
        else others.set(mine._id, leaves);
      }
      await this.assertDurable(there);
      open = again;
    }
    return others;
  }

  /**
   * Makes sure that revisions which were read are on a quorum, as a write of one's own would be. CouchDB answers reads, and
   * rewrites of known revisions, by however few copies are in reach, so both that and the reach are looked after.
   * @throws ProtocolError `sync/store-unavailable` when they may not be
   */
  async assertDurable(documents: readonly StoredDocument[]): Promise<void> {
    if (documents.length === 0) return;
    for (let attempt = 0; ; attempt += 1) {
      if (attempt > 0) await this.#again(attempt);
      const { status } = await this.#client.ask({
        method: 'POST',
        path: `${this.name}/_bulk_docs`,
        body: { new_edits: false, docs: documents.map(withoutMarks) },
      });
      if (status === 201 && (await this.#quorumInReach())) return;
    }
  }

  /** Every live leaf of these documents, by quorum, winner first. Ids that nobody wrote are left out. */
  async getAll(ids: readonly string[]): Promise<Map<string, StoredDocument[]>> {
    const found = new Map<string, StoredDocument[]>();
    for (let from = 0; from < ids.length; from += BATCH) {
      const docs = ids.slice(from, from + BATCH).map((id) => ({ id }));
      const path = `${this.name}/_bulk_get`;
      const { body } = await this.#client.ask({ method: 'POST', path, body: { docs } });
      for (const { id, docs: leaves } of parse(got, body).results) {
        const live = leaves.flatMap(({ ok }) => (ok && ok._deleted !== true ? [ok as StoredDocument] : []));
        if (live.length > 0) found.set(id, live.sort(byWinner));
      }
    }
    return found;
  }

  /**
   * A range of one partition (of the whole database where there are none), as one copy of it has it: what another node
   * acknowledged just now may be missing.
   */
  async range(
    partition: string | undefined,
    range: Range,
  ): Promise<{ id: string; rev?: string; doc?: StoredDocument }[]> {
    const [start, end] = range.reverse ? [range.lt, range.gte] : [range.gte, range.lt];
    const query = new URLSearchParams({ startkey: JSON.stringify(start), endkey: JSON.stringify(end) });
    // Both ends of ours are of the shape that no document has.
    if (range.reverse) query.set('descending', 'true');
    if (range.limit !== undefined) query.set('limit', String(range.limit));
    if (range.bodies) {
      query.set('include_docs', 'true');
      query.set('conflicts', 'true');
    }
    const place = partition && this.#partitioned ? `_partition/${encodeURIComponent(partition)}/` : '';
    const { status, body } = await this.#client.ask({
      method: 'GET',
      path: `${this.name}/${place}_all_docs?${query}`,
    });
    if (status !== 200) throw unavailable(`CouchDB: ${status} for a range`);
    return parse(listed, body).rows.map(({ id, value, doc }) => ({
      id,
      ...(value?.rev !== undefined && { rev: value.rev }),
      ...(doc && { doc: doc as StoredDocument }),
    }));
  }

  /**
   * Writes a document that nobody ever writes otherwise, durably on a quorum, however often it takes.
   * @param document with whatever is attached to it in full
   * @throws ProtocolError `sync/store-unavailable` when nothing may be assumed
   */
  async putSame(document: CouchDocument): Promise<void> {
    const path = `${this.name}/${encodeURIComponent(document._id)}`;
    for (let attempt = 0; ; attempt += 1) {
      if (attempt > 0) await this.#again(attempt);
      const { status } = await this.#client.ask({ method: 'PUT', path, body: document });
      if (status === 201) return;
      const there = (await this.getAll([document._id])).get(document._id);
      // What was read may lie on fewer copies than a quorum.
      if (there) return this.assertDurable(there.map(({ _rev }) => ({ ...document, _rev })));
    }
  }

  /** What is attached to a document, by quorum. */
  async attached(id: string, name: string): Promise<Buffer | undefined> {
    const path = `${this.name}/${encodeURIComponent(id)}?attachments=true`;
    const { status, body } = await this.#client.ask({ method: 'GET', path });
    if (status === 404) return undefined;
    const data = parse(withAttachments, body)._attachments[name]?.data;
    if (data === undefined) throw unavailable('CouchDB answered without what is attached');
    return Buffer.from(data, 'base64');
  }

  /**
   * Writes one document, once.
   * @returns its revision when a quorum has it, `conflict`, or `unknown` when nothing may be assumed
   */
  async putOnce(document: CouchDocument): Promise<{ rev: string } | 'conflict' | 'unknown'> {
    const path = `${this.name}/${encodeURIComponent(document._id)}`;
    try {
      const { status, body } = await this.#client.ask({ method: 'PUT', path, body: document, once: true });
      if (status === 409) return 'conflict';
      return status === 201 ? { rev: parse(revision, body).rev } : 'unknown';
    } catch {
      return 'unknown';
    }
  }

  /** Every live branch of one document, by quorum. */
  async branches(id: string): Promise<StoredDocument[]> {
    const path = `${this.name}/${encodeURIComponent(id)}?open_revs=all&revs=true&r=2`;
    const { status, body } = await this.#client.ask({ method: 'GET', path });
    if (status === 404) return [];
    return parse(branches, body).flatMap(({ ok }) =>
      ok && ok._deleted !== true ? [ok as StoredDocument] : [],
    );
  }

  /** Deletes one branch of a document durably, wherever it is still there. */
  async remove({ _id, _rev }: StoredDocument): Promise<void> {
    const path = `${this.name}/${encodeURIComponent(_id)}?rev=${encodeURIComponent(_rev)}`;
    const { status, body } = await this.#client.ask({ method: 'DELETE', path });
    // 404, 409: it has no such branch any more.
    if (status === 200 || status === 404 || status === 409) return;
    const { rev } = parse(revision, body);
    await this.assertDurable([{ _id, _rev: rev, _deleted: true, _revisions: history(rev, _rev) }]);
  }

  /** Revisions of every branch of one document, deleted ones too, by quorum. */
  async revisions(id: string): Promise<string[]> {
    const path = `${this.name}/${encodeURIComponent(id)}?open_revs=all&r=2`;
    const { status, body } = await this.#client.ask({ method: 'GET', path });
    if (status === 404) return [];
    return parse(branches, body).flatMap(({ ok }) => (ok ? [ok._rev] : []));
  }

  /**
   * Makes the database forget revisions: nothing says any more that they were there, and their bytes go with the next compaction.
   * A database that cannot purge deletes them instead, which leaves their ids.
   * @throws ProtocolError `sync/store-unavailable`
   */
  async purge(revisions: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const entries = [...revisions];
    for (let from = 0; from < entries.length; from += PURGED_AT_ONCE) {
      const some = entries.slice(from, from + PURGED_AT_ONCE);
      const path = `${this.name}/_purge`;
      const body = Object.fromEntries(some);
      const { status } = await this.#client.ask({ method: 'POST', path, body, telling: CANNOT_PURGE });
      if (status === 201 || status === 202) continue;
      if (!CANNOT_PURGE.has(status)) throw unavailable(`CouchDB: ${status} for a purge`);
      for (const [_id, revs] of some) for (const _rev of revs) await this.remove({ _id, _rev });
    }
  }

  /** Begins a compaction, after which bytes of deleted and purged documents are in no file. Resolves before it is done. */
  async compact(): Promise<void> {
    const { status } = await this.#client.ask({ method: 'POST', path: `${this.name}/_compact`, body: {} });
    if (status !== 202) throw unavailable(`CouchDB: ${status} for a compaction`);
  }

  /** Follows the changes after `since`, one copy's order, repeats and all; see {@link CouchClient.follow}. */
  follow(since: string, onLines: (lines: string[]) => Promise<void>, signal: AbortSignal): Promise<void> {
    const query = new URLSearchParams({ feed: 'continuous', include_docs: 'true', conflicts: 'true', since });
    return this.#client.follow(`${this.name}/_changes?${query}`, onLines, signal);
  }

  async #bulk(body: { docs: readonly CouchDocument[] }) {
    const answer = await this.#client.ask({ method: 'POST', path: `${this.name}/_bulk_docs`, body });
    if (answer.status !== 201 && answer.status !== 202)
      throw unavailable(`CouchDB: ${answer.status} for a write`);
    return parse(written, answer.body);
  }

  async #again(attempt: number): Promise<void> {
    if (attempt >= TRIES) throw unavailable('CouchDB has no quorum');
    await pause(attempt);
  }

  async #quorumInReach(): Promise<boolean> {
    const { status, body } = await this.#client.ask({ method: 'GET', path: '_membership' });
    // A database of one process knows no members.
    if (status === 404) return true;
    const { all_nodes, cluster_nodes } = parse(membership, body);
    const missing = cluster_nodes.filter((node) => !all_nodes.includes(node));
    return missing.length <= this.#spare;
  }
}

/** Writes of which fewer copies than a quorum told. */
const TRIES = 8;

function parse<const S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, body);
  if (!result.success) throw unavailable('CouchDB answered in another shape');
  return result.output;
}

/** What CouchDB adds when it is asked for conflicts is no part of the document. */
function withoutMarks(document: StoredDocument): CouchDocument {
  const { _conflicts: _, ...own } = document;
  return own as CouchDocument;
}

/** Without it a copy that missed the deletion would keep the branch beside it. */
function history(rev: string, before: string): { start: number; ids: string[] } {
  const idOf = (revision: string) => revision.slice(revision.indexOf('-') + 1);
  return { start: Number.parseInt(rev, 10), ids: [idOf(rev), idOf(before)] };
}

/** CouchDB's own rule: the longest history, then the highest revision. */
function byWinner(a: StoredDocument, b: StoredDocument): number {
  const [one, other] = [Number.parseInt(a._rev, 10), Number.parseInt(b._rev, 10)];
  return other - one || (a._rev < b._rev ? 1 : -1);
}
