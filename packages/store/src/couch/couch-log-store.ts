import type { DocumentName, LogName, LogRecord, StateVector } from '@sotto/protocol';
import { documentName, parseDocumentName } from '@sotto/protocol';
import { RecentMap } from '../cache/recent-map.js';
import { available } from '../level/available.js';
import type { Append } from '../log/append-group.js';
import type { FeedSpan } from '../log/clock-order.js';
import { ClockOrder } from '../log/clock-order.js';
import type { LogHead, LogStore, Stored } from '../log/log-store.js';
import { recordKey } from '../log/record-keys.js';
import { Listeners } from '../watch/listeners.js';
import { SlotsByKey } from '../watch/slots-by-key.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import { ChangesFeed } from './changes-feed.js';
import type { CouchActivityStore } from './couch-activity-store.js';
import { pause, unavailable } from './couch-client.js';
import { commitAppends } from './couch-commit.js';
import type { CouchDocumentState } from './couch-document-state.js';
import { learnSlot, loadState, refresh } from './couch-document-state.js';
import type { CouchDatabase, StoredDocument } from './database.js';
import { writeFinished } from './finished-client.js';
import { IsolatedCommit } from './isolated-commit.js';
import { shardOf } from './layout.js';
import { readBodies } from './read-bodies.js';
import { isRecord, logIds, parseDocumentId, recordOf, recordsPrefix, slotId } from './record-documents.js';

/** For one shard; a group that is slower than its patience lets the next ones pass. */
const COMMIT_BOUNDS = {
  groupBytes: 1024 * 1024,
  held: { total: 32 * 1024 * 1024, each: 4 * 1024 * 1024 },
  patienceMs: 2_000,
};
/** Reads of one log at once: a shard takes more, so that no log takes all of them. */
const READS_OF_A_LOG = 8;
/** Documents and feeds whose state is remembered. */
const REMEMBERED = 250_000;
const LOGS_REMEMBERED = 100_000;
/** Of what feeds showed, how much may wait for something else to be fetched before the feeds themselves wait. */
const FETCHING_AT_ONCE = 256;
/** Segments beyond the newest known one that are looked for: nobody skips one (SPEC S7). */
const SEGMENTS_AHEAD = 2;

/** Documents that an erasure goes on by. */
const ERASED_AT_ONCE = 500;

/** A database of the log, and its position in time when it was opened. */
export interface OpenShard {
  readonly database: CouchDatabase;
  readonly since: string;
}

interface Shard {
  readonly database: CouchDatabase;
  readonly commit: IsolatedCommit;
  readonly feed: ChangesFeed;
}

/**
 * The log store on CouchDB: any number of servers over one cluster. One bulk is under way a shard, the rest waits for the
 * next; a record counts as stored when a quorum has it. What this server knows of a document is a lower bound: every answer
 * is brought up to date by reads that ask a quorum.
 */
export class CouchLogStore implements LogStore {
  readonly #shards: readonly Shard[];
  readonly #states = new RecentMap<DocumentName, CouchDocumentState>(REMEMBERED, ({ next }) => 1 + next.size);
  readonly #loading = new Map<DocumentName, Promise<CouchDocumentState>>();
  /** Loads that appends wait for. */
  readonly #opening = new Map<DocumentName, Promise<void>>();
  readonly #newest = new RecentMap<LogName, number>(LOGS_REMEMBERED);
  readonly #listeners = new Listeners<[readonly LogRecord[]]>();
  readonly #order: ClockOrder;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #reads = new SlotsByKey(READS_OF_A_LOG);
  /** What the feeds showed and cannot be told before something else is fetched, with the time since when. */
  readonly #fetching = new Map<Promise<void>, number>();
  readonly #most: number;
  readonly #activity: CouchActivityStore | undefined;
  #closed = false;
  #followed = false;

  /**
   * @param shards all databases of the log, in their order
   * @param most records that a document may hold; with several servers it can be passed by what they write at once
   * @param activity rows are written there before the records
   */
  constructor(shards: readonly OpenShard[], most = Infinity, activity?: CouchActivityStore) {
    this.#most = most;
    this.#activity = activity;
    activity?.follow(() => Math.max(this.#fetchingMs(), ...this.#shards.map(({ feed }) => feed.silentMs())));
    this.#order = new ClockOrder(
      (span) => this.#fetch(span),
      (records) => this.#listeners.tell(records),
    );
    this.#shards = shards.map(({ database, since }, index) => ({
      database,
      commit: new IsolatedCommit(
        (appends) => available(() => this.#commit(index, database, appends)),
        COMMIT_BOUNDS,
      ),
      feed: new ChangesFeed(database, since, { changed: (documents) => this.#hear(documents) }),
    }));
  }

  async append(records: readonly LogRecord[], stands?: () => boolean): Promise<Stored[]> {
    const document = records[0]?.document;
    if (document === undefined) return [];
    if (records.some((record) => record.document !== document))
      throw new RangeError('append: records of more than one document');
    if (this.#closed) throw unavailable('closed');
    const writing = this.#enqueue({ document, prefix: recordsPrefix(document), records, stands });
    this.#underWay.add(writing);
    return writing.finally(() => this.#underWay.delete(writing));
  }

  async read(document: DocumentName, have: StateVector, most = Infinity): Promise<LogRecord[]> {
    return this.#reading(parseDocumentName(document).log, async () => {
      try {
        return await this.#readKnown(document, have, most);
      } catch (error) {
        // What is known may be of a log that another server erased.
        if (!this.#states.get(document)) throw error;
        this.#states.delete(document);
        return this.#readKnown(document, have, most);
      }
    });
  }

  async stateVector(document: DocumentName): Promise<Map<number, number>> {
    return this.#reading(
      parseDocumentName(document).log,
      async () => new Map((await this.#current(document)).next),
    );
  }

  async head(log: LogName): Promise<LogHead> {
    return this.#reading(log, async () => {
      const segment = await this.#newestSegment(log);
      const { count } = await this.#current(documentName(log, segment));
      return { segment, count };
    });
  }

  async erase(log: LogName): Promise<number> {
    const { database } = this.#shardOf(documentName(log, 0));
    let erased = 0;
    try {
      for (;;) {
        const rows = await available(() => database.range(log, { ...logIds(log), limit: ERASED_AT_ONCE }));
        // Of two bodies at one position the other one is listed once this one is gone.
        const revisions = rows.flatMap(({ id, rev }) => (rev === undefined ? [] : [[id, [rev]] as const]));
        if (revisions.length === 0) return erased;
        await available(() => database.purge(new Map(revisions)));
        for (const [id] of revisions) erased += this.#forget(id);
      }
    } finally {
      this.#newest.delete(log);
    }
  }

  tail(listener: (records: readonly LogRecord[]) => void): Unsubscribe {
    this.#followed = true;
    for (const { feed } of this.#shards) feed.start();
    return this.#listeners.add(listener);
  }

  /** Waits for the appends under way and ends the feeds; later appends are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#underWay);
    await Promise.all(this.#shards.flatMap(({ commit, feed }) => [commit.close(), feed.stop()]));
    await Promise.all(this.#fetching.keys());
  }

  #reading<T>(log: LogName, read: () => Promise<T>): Promise<T> {
    return available(() => this.#reads.use(log, read));
  }

  /** What is known of an erased record's document is so no longer. @returns how many records that was */
  #forget(id: string): number {
    const parsed = parseDocumentId(id);
    if (parsed) this.#states.delete(parsed.document);
    return parsed?.position ? 1 : 0;
  }

  async #readKnown(document: DocumentName, have: StateVector, most: number): Promise<LogRecord[]> {
    const { prefix, next } = await this.#current(document);
    const { database } = this.#shardOf(document);
    return readBodies(database, { document, prefix, next: new Map(next), have, most });
  }

  #shardOf(document: DocumentName): Shard {
    return this.#shards[shardOf(parseDocumentName(document).log, this.#shards.length)]!;
  }

  /** What must be read first is read before it waits for its group, so that nobody else waits for that. */
  async #enqueue(append: Append): Promise<Stored[]> {
    const { document } = append;
    // All who wait wait for the very same promise, so that they go on in the order in which they came.
    const opening =
      this.#opening.get(document) ?? (this.#states.get(document) ? undefined : this.#open(document));
    if (opening) await opening;
    return this.#shardOf(document).commit.run(append);
  }

  #open(document: DocumentName): Promise<void> {
    const opening = this.#load(document).then(
      () => void this.#opening.delete(document),
      (error: unknown) => {
        this.#opening.delete(document);
        throw error;
      },
    );
    this.#opening.set(document, opening);
    return opening;
  }

  async #commit(index: number, database: CouchDatabase, appends: readonly Append[]): Promise<Stored[][]> {
    const documents = new Set(appends.map(({ document }) => document));
    const logs = new Set(Array.from(documents, (document) => parseDocumentName(document).log));
    try {
      await this.#activity?.stamp(index, logs);
      const outcomes = await commitAppends(appends, {
        database,
        most: this.#most,
        stateOf: (document) => this.#known(document),
        forget: (document) => this.#states.delete(document),
      });
      await this.#activity?.stamp(index, logs);
      for (const [index, { document, records }] of appends.entries()) {
        this.#tell(records, outcomes[index]!);
        for (const [client, isWritten] of this.#states.get(document)?.forked ?? [])
          if (!isWritten) this.#finish(document, client);
      }
      return outcomes;
    } catch (error) {
      // Some of it may be there: what was known is known no longer.
      for (const document of documents) this.#states.delete(document);
      throw error;
    }
  }

  #tell(records: readonly LogRecord[], outcomes: readonly Stored[]): void {
    const fresh = records.filter((_, index) => outcomes[index] === 'stored');
    for (const { document } of fresh.slice(0, 1)) this.#noticeSegment(document);
    if (!this.#followed || fresh.length === 0) return;
    // What cannot be told now because something before it is missing is told when the feed shows it.
    this.#order.offer(fresh).catch(() => undefined);
  }

  async #hear(documents: readonly StoredDocument[]): Promise<void> {
    const records: LogRecord[] = [];
    for (const stored of documents) {
      const id = parseDocumentId(stored._id);
      if (!id) continue;
      this.#noticeSegment(id.document);
      if (!id.position) {
        await this.#hearSlot(id.document, stored);
        continue;
      }
      if (stored._conflicts) this.#finish(id.document, id.position.client);
      // What is no record of ours is a hole in its feed, and nothing to anybody else.
      if (isRecord(stored)) records.push(recordOf({ document: id.document, ...id.position }, stored));
    }
    if (records.length > 0) await this.#offer(records);
  }

  /** Tells what is next in its feed. What must be fetched for that keeps no other feed waiting, up to a bound. */
  async #offer(records: readonly LogRecord[]): Promise<void> {
    const offering = this.#order.offer(records);
    const settled = await Promise.race([offering.then(() => true), Promise.resolve(false)]);
    if (settled) return;
    if (this.#fetching.size >= FETCHING_AT_ONCE) return offering;
    const fetching = this.#again(records, offering).finally(() => this.#fetching.delete(fetching));
    this.#fetching.set(fetching, performance.now());
  }

  /** For how long something is shown by a feed and not told. */
  #fetchingMs(): number {
    const [first] = this.#fetching.values();
    return first === undefined ? 0 : performance.now() - first;
  }

  /** Until it comes through: what it waits for is told to nobody before. */
  async #again(records: readonly LogRecord[], first: Promise<void>): Promise<void> {
    let offering = first;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await offering;
      } catch {
        if (this.#closed) return;
        await pause(attempt);
        offering = this.#order.offer(records);
      }
    }
  }

  /** The feed shows one of the entries that lie at one place; what else lies there was perhaps never known here. */
  async #hearSlot(document: DocumentName, stored: StoredDocument): Promise<void> {
    const state = this.#states.get(document);
    if (!state) return;
    const { _id } = stored;
    const leaves = stored._conflicts
      ? (await this.#shardOf(document).database.getAll([_id])).get(_id)
      : undefined;
    learnSlot(state, _id, leaves ?? [stored]);
  }

  /** Writes down that a client writes no more here. Where that fails, whoever sees both bodies next does it. */
  #finish(document: DocumentName, client: number): void {
    const { database } = this.#shardOf(document);
    const writing = this.#known(document).then((state) => writeFinished(database, state, client));
    this.#underWay.add(writing);
    writing.catch(() => undefined).finally(() => this.#underWay.delete(writing));
  }

  async #fetch({ document, client, from, to }: FeedSpan): Promise<LogRecord[]> {
    const prefix = recordsPrefix(document);
    const positions = Array.from({ length: to - from }, (_, index) => ({
      document,
      client,
      clock: from + index,
    }));
    const found = await this.#shardOf(document).database.getAll(
      positions.map((position) => recordKey(prefix, position)),
    );
    const records: LogRecord[] = [];
    for (const position of positions) {
      const stored = found.get(recordKey(prefix, position))?.[0];
      if (!stored || !isRecord(stored)) break;
      records.push(recordOf(position, stored));
    }
    return records;
  }

  /** What is known of a document, perhaps not the newest. */
  async #known(document: DocumentName): Promise<CouchDocumentState> {
    return this.#states.get(document) ?? this.#load(document);
  }

  /** What was durable of a document when this was called, or more. */
  async #current(document: DocumentName): Promise<CouchDocumentState> {
    const known = this.#states.get(document);
    if (!known) return this.#load(document);
    await refresh(this.#shardOf(document).database, known);
    return known;
  }

  /** A load under way began before this was called, so that its reads may be too old for who asks now. */
  async #load(document: DocumentName): Promise<CouchDocumentState> {
    const under = this.#loading.get(document);
    if (under) {
      const state = await under;
      await refresh(this.#shardOf(document).database, state);
      return state;
    }
    const loading = this.#loadFresh(document);
    this.#loading.set(document, loading);
    try {
      return await loading;
    } finally {
      this.#loading.delete(document);
    }
  }

  async #loadFresh(document: DocumentName): Promise<CouchDocumentState> {
    const { database } = this.#shardOf(document);
    const state = await loadState(database, parseDocumentName(document).log, document);
    await refresh(database, state);
    // Whoever listens could read all of this; feeds are told on from here.
    if (this.#followed) for (const [client, next] of state.next) this.#order.seed(document, client, next);
    this.#states.set(document, state);
    return state;
  }

  #noticeSegment(document: DocumentName): void {
    const { log, document: place } = parseDocumentName(document);
    if (place.segment > (this.#newest.get(log) ?? -1)) this.#newest.set(log, place.segment);
  }

  /** What one copy has is a lower bound; from there on, each next segment's first entry is looked for by quorum. */
  async #newestSegment(log: LogName): Promise<number> {
    const { database } = this.#shardOf(documentName(log, 0));
    let segment = this.#newest.get(log);
    if (segment === undefined) {
      const [last] = await database.range(log, { ...logIds(log), reverse: true, limit: 1 });
      const document = last && parseDocumentId(last.id)?.document;
      segment = document === undefined ? 0 : parseDocumentName(document).document.segment;
    }
    for (;;) {
      const ids = Array.from({ length: SEGMENTS_AHEAD }, (_, index) =>
        slotId(recordsPrefix(documentName(log, segment! + 1 + index)), 0),
      );
      const found = await database.getAll(ids);
      const last = ids.findLastIndex((id) => found.has(id));
      if (last === -1) break;
      segment += 1 + last;
    }
    // A log that nobody wrote to is not worth remembering.
    if (segment > 0) this.#newest.set(log, Math.max(segment, this.#newest.get(log) ?? 0));
    return segment;
  }
}
