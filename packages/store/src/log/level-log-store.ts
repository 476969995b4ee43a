import type { DocumentName, LogName, LogRecord, StateVector } from '@sotto/protocol';
import { documentName, parseDocumentName } from '@sotto/protocol';
import type { LevelActivityStore } from '../activity/level-activity-store.js';
import { RecentMap } from '../cache/recent-map.js';
import { available } from '../level/available.js';
import { forgetDeleted, stretchAround } from '../level/compacting.js';
import type { Change, Database, Sublevel } from '../level/database.js';
import { interruptionsOf, openSublevel, plainView, writeDurably } from '../level/database.js';
import { GroupCommit } from '../level/group-commit.js';
import { HeldBytes } from '../watch/held-bytes.js';
import { Listeners } from '../watch/listeners.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import type { Append, DocumentState } from './append-group.js';
import { AppendGroup, weigh } from './append-group.js';
import { HeadReads } from './head-reads.js';
import type { LogHead, LogStore, Stored } from './log-store.js';
import { missingRanges } from './missing-ranges.js';
import type { KeyRange } from './record-keys.js';
import {
  documentPrefix,
  documentRange,
  feedPrefix,
  logRange,
  parseRecordKey,
  recordKey,
  segmentOf,
} from './record-keys.js';

/** Bytes of bodies after which a group is closed. */
const GROUP_BYTES = 4 * 1024 * 1024;
/** Bytes of bodies that were taken and are not written, and those of one document: beyond that more are refused. */
const HELD = { total: 64 * 1024 * 1024, each: 8 * 1024 * 1024 };
/** From one write to the next: where many write, they share a sync and the hand-over between two threads; who writes alone waits for nothing. */
const GROUP_EVERY_MS = 4;
/** What is fetched at once of what a read asks for. */
const READ_AHEAD = 1_000;
const READ_AHEAD_BYTES = 128 * 1024;
/** Documents and feeds whose state is remembered: some 20 MB at most. */
const REMEMBERED = 250_000;
/** Logs whose newest segment is remembered: some 10 MB at most. */
const REMEMBERED_LOGS = 100_000;

/** What became of an append, or why nothing did. */
type Decided = { readonly outcomes: Stored[] } | { readonly failure: unknown };
/** What the committing group does: appends, and erasures, between which nothing is written. */
type Job = Append | { readonly erase: LogName; erased: number };

/** The log store on LevelDB: one process, fsync before every answer, group commit. */
export class LevelLogStore implements LogStore {
  readonly #database: Database;
  readonly #records: Sublevel;
  readonly #group: GroupCommit<Job, Decided>;
  readonly #listeners = new Listeners<[readonly LogRecord[]]>();
  /** Only the committing group adds to it: it alone knows that nothing is written while it reads. */
  readonly #states = new RecentMap<DocumentName, DocumentState>(REMEMBERED, ({ next }) => 1 + next.size);
  /** Newest segments, likewise: a writer asks for the head with every batch. */
  readonly #newest = new RecentMap<LogName, number>(REMEMBERED_LOGS);

  /** Heads that are being read, and what was not written to meanwhile is remembered as well. */
  readonly #reading = new HeadReads((log, { segment, state }) => {
    this.#newest.set(log, segment);
    this.#states.set(documentName(log, segment), state);
  });
  readonly #held = new HeldBytes(HELD);
  readonly #most: number;
  readonly #activity: LevelActivityStore | undefined;

  /**
   * @param database stays its opener's to close, after this store
   * @param most records that a document may hold
   * @param activity of the same database: its rows are written with the records
   */
  constructor(database: Database, most = Infinity, activity?: LevelActivityStore) {
    this.#database = database;
    this.#most = most;
    this.#activity = activity;
    this.#records = openSublevel(database, 'log');
    this.#group = new GroupCommit((jobs) => available(() => this.#commitAll(jobs)), {
      weigh: (job) => ('erase' in job ? 0 : weigh(job)),
      weight: GROUP_BYTES,
      everyMs: GROUP_EVERY_MS,
    });
  }

  async append(records: readonly LogRecord[], stands?: () => boolean): Promise<Stored[]> {
    const document = records[0]?.document;
    if (document === undefined) return [];
    if (records.some((record) => record.document !== document))
      throw new RangeError('append: records of more than one document');
    const append = { document, prefix: documentPrefix(document), records, stands };
    const decided = await this.#held.during(document, weigh(append), () => this.#group.run(append));
    if ('failure' in decided) return available(() => Promise.reject(decided.failure));
    return decided.outcomes;
  }

  async read(document: DocumentName, have: StateVector, most = Infinity): Promise<LogRecord[]> {
    const prefix = documentPrefix(document);
    return available(async () => {
      const found: LogRecord[] = [];
      let left = most;
      for (const range of await this.#missing(document, prefix, have)) {
        for await (const [key, body] of this.#entries(range)) {
          found.push({ document, ...parseRecordKey(key), body: plainView(body) });
          left -= body.length;
          if (left <= 0) return found;
        }
      }
      return found;
    });
  }

  /** Whoever has nothing wants everything: one range, without a look at who wrote. */
  async #missing(document: DocumentName, prefix: string, have: StateVector): Promise<KeyRange[]> {
    if (have.size === 0) return [documentRange(prefix)];
    const { next } = await this.#state(document, prefix);
    return missingRanges(prefix, next, have);
  }

  async stateVector(document: DocumentName): Promise<Map<number, number>> {
    const prefix = documentPrefix(document);
    const state = await available(() => this.#state(document, prefix));
    return new Map(state.next);
  }

  async head(log: LogName): Promise<LogHead> {
    return available(async () => {
      const known = this.peekHead(log);
      if (known) return known;
      const segment = this.#newest.get(log);
      if (segment === undefined) return this.#reading.of(log, () => this.#findHead(log));
      const document = documentName(log, segment);
      const { count } = await this.#state(document, documentPrefix(document));
      return { segment, count };
    });
  }

  peekHead(log: LogName): LogHead | undefined {
    const segment = this.#newest.get(log);
    const state = segment === undefined ? undefined : this.#states.get(documentName(log, segment));
    return state && { segment: segment!, count: state.count };
  }

  async erase(log: LogName): Promise<number> {
    const job = { erase: log, erased: 0 };
    await this.#group.run(job);
    const kind = log.slice(0, log.indexOf('.') + 1);
    await available(() => forgetDeleted(this.#database, [this.#records], [stretchAround(log, kind)]));
    return job.erased;
  }

  peekHolds(records: readonly LogRecord[]): boolean {
    if (this.#database.status !== 'open') return false;
    return records.every((record) => {
      const body = this.#records.getSync(recordKey(documentPrefix(record.document), record));
      return body !== undefined && Buffer.compare(body, record.body) === 0;
    });
  }

  tail(listener: (records: readonly LogRecord[]) => void, interrupted?: () => void): Unsubscribe {
    const leave = this.#listeners.add(listener);
    const leaveInterrupted = interrupted && interruptionsOf(this.#database).add(interrupted);
    return () => {
      leave();
      leaveInterrupted?.();
    };
  }

  /** Resolves when what is being written now, if anything is, is durable or has failed. */
  settled(): Promise<void> {
    return this.#group.settled();
  }

  /** Waits for the appends under way; later ones are refused. */
  close(): Promise<void> {
    return this.#group.close();
  }

  /** Entries of a range, read ahead by {@link READ_AHEAD_BYTES} and not by more. */
  async *#entries(range: KeyRange): AsyncIterable<[string, Uint8Array]> {
    // An option of LevelDB's own, which the type of any level's sublevels leaves out.
    const bounded = { ...range, highWaterMarkBytes: READ_AHEAD_BYTES };
    const iterator = this.#records.iterator(bounded);
    try {
      for (;;) {
        const entries = await iterator.nextv(READ_AHEAD);
        if (entries.length === 0) return;
        yield* entries;
      }
    } finally {
      await iterator.close();
    }
  }

  /** Erasures first: an append that was let in before one finds what is left. */
  async #commitAll(jobs: readonly Job[]): Promise<Decided[]> {
    const appends: Append[] = [];
    for (const job of jobs) {
      if ('erase' in job) job.erased = await this.#deleteAll(job.erase);
      else appends.push(job);
    }
    const decided = (appends.length > 0 ? await this.#commit(appends) : []).values();
    return jobs.map((job) => ('erase' in job ? { outcomes: [] } : decided.next().value!));
  }

  async #deleteAll(log: LogName): Promise<number> {
    const documents = new Set<DocumentName>();
    let deleted = 0;
    const deleteAll = async () => {
      for (;;) {
        const keys = await this.#records.keys({ ...logRange(log), limit: READ_AHEAD }).all();
        if (keys.length === 0) return;
        for (const key of keys) documents.add(documentName(log, segmentOf(log, key)));
        await writeDurably(
          this.#database,
          keys.map((key) => ({ sublevel: this.#records, key })),
        );
        deleted += keys.length;
      }
    };
    try {
      await this.#reading.whileWriting([log], deleteAll);
      return deleted;
    } finally {
      for (const document of documents) this.#states.delete(document);
      this.#newest.delete(log);
    }
  }

  async #commit(appends: readonly Append[]): Promise<Decided[]> {
    const failed = new Map<DocumentName, unknown>();
    const states = await this.#statesFor(appends, failed);
    const taken = await this.#bodiesTaken(appends, states, failed);
    const newest = await this.#newestOf(states.keys(), failed);
    const group = new AppendGroup(states, taken, this.#most);
    const decided = appends.map((append): Decided => {
      if (failed.has(append.document)) return { failure: failed.get(append.document) };
      if (append.stands?.() === false) return { outcomes: [] };
      return { outcomes: group.decide(append) };
    });
    if (group.writes.size > 0)
      await this.#reading.whileWriting([...newest.keys()], () => this.#write(group, states, newest));
    for (const [index, { records }] of appends.entries()) {
      const now = decided[index]!;
      if ('outcomes' in now) this.#tell(records, now.outcomes);
    }
    return decided;
  }

  /** Newest segment and what is in it, by one iterator. */
  async #findHead(log: LogName): Promise<{ segment: number; state: DocumentState }> {
    const state = { next: new Map<number, number>(), count: 0 };
    const keys = this.#records.keys({ ...logRange(log), reverse: true });
    try {
      const first = await keys.next();
      const segment = first === undefined ? 0 : segmentOf(log, first);
      const prefix = documentPrefix(documentName(log, segment));
      for (let key = first; key?.startsWith(prefix); key = await keys.next()) {
        const client = count(state, key);
        keys.seek(feedPrefix(prefix, client));
      }
      return { segment, state };
    } finally {
      await keys.close();
    }
  }

  async #lastSegment(log: LogName): Promise<number | undefined> {
    const [last] = await this.#records.keys({ ...logRange(log), reverse: true, limit: 1 }).all();
    return last === undefined ? undefined : segmentOf(log, last);
  }

  async #write(
    group: AppendGroup,
    states: ReadonlyMap<DocumentName, DocumentState>,
    newest: ReadonlyMap<LogName, number>,
  ): Promise<void> {
    const changes: Change[] = [];
    for (const [key, value] of group.writes) changes.push({ sublevel: this.#records, key, value });
    const rows = this.#activity?.stamp(newest.keys());
    if (rows) changes.push(...rows.changes);
    try {
      await writeDurably(this.#database, changes);
    } catch (error) {
      // Whether it was written is unknown now: the next append reads anew.
      for (const document of states.keys()) this.#states.delete(document);
      for (const log of newest.keys()) this.#newest.delete(log);
      throw error;
    }
    rows?.done();
    group.settle();
    for (const [document, state] of states) this.#states.set(document, state);
    for (const [log, segment] of newest) this.#newest.set(log, segment);
  }

  /** Newest segments of the logs of these documents, when they are written. */
  async #newestOf(
    documents: Iterable<DocumentName>,
    failed: Map<DocumentName, unknown>,
  ): Promise<Map<LogName, number>> {
    const newest = new Map<LogName, number>();
    for (const name of documents) {
      const { log, document } = parseDocumentName(name);
      const known = newest.get(log) ?? this.#newest.get(log);
      if (known !== undefined) newest.set(log, Math.max(known, document.segment));
      else
        await isolated(name, failed, async () => {
          newest.set(log, Math.max((await this.#lastSegment(log)) ?? 0, document.segment));
        });
    }
    return newest;
  }

  #tell(records: readonly LogRecord[], outcomes: readonly Stored[]): void {
    // Most appends are new as a whole.
    const isFresh = outcomes.length === records.length && outcomes.every((outcome) => outcome === 'stored');
    const fresh = isFresh ? records : records.filter((_, index) => outcomes[index] === 'stored');
    if (fresh.length > 0) this.#listeners.tell(fresh);
  }

  /** @param failed is told of those that could not be read: nothing is decided of them, and all else goes on */
  async #statesFor(
    appends: readonly Append[],
    failed: Map<DocumentName, unknown>,
  ): Promise<Map<DocumentName, DocumentState>> {
    const states = new Map<DocumentName, DocumentState>();
    const unknown = new Map<DocumentName, string>();
    for (const { document, prefix } of appends) {
      const known = states.get(document) ?? this.#states.get(document);
      if (known) states.set(document, known);
      else unknown.set(document, prefix);
    }
    const reading = [...unknown].map(([document, prefix]) =>
      isolated(document, failed, async () => {
        states.set(document, await this.#scan(prefix));
      }),
    );
    if (reading.length > 0) await Promise.all(reading);
    return states;
  }

  /** Bodies at the positions of these appends that are taken already, by key. */
  async #bodiesTaken(
    appends: readonly Append[],
    states: ReadonlyMap<DocumentName, DocumentState>,
    failed: Map<DocumentName, unknown>,
  ): Promise<Map<string, Uint8Array>> {
    const bodies = new Map<string, Uint8Array>();
    for (const { document, prefix, records } of appends) {
      const next = states.get(document)?.next;
      const taken = records.filter(({ client, clock }) => clock < (next?.get(client) ?? 0));
      if (taken.length === 0) continue;
      await isolated(document, failed, async () => {
        const keys = taken.map((record) => recordKey(prefix, record));
        const found: (Uint8Array | undefined)[] = await this.#records.getMany(keys);
        if (found.includes(undefined)) throw new Error('a feed in the store has a hole');
        for (const [index, key] of keys.entries()) bodies.set(key, found[index]!);
      });
    }
    return bodies;
  }

  async #state(document: DocumentName, prefix: string): Promise<DocumentState> {
    return this.#states.get(document) ?? this.#scan(prefix);
  }

  /** Finds each feed's last record by jumping from feed to feed: the cost is in writers, not in records. */
  async #scan(prefix: string): Promise<DocumentState> {
    const state = { next: new Map<number, number>(), count: 0 };
    const keys = this.#records.keys({ ...documentRange(prefix), reverse: true });
    try {
      for (let key = await keys.next(); key !== undefined; key = await keys.next()) {
        keys.seek(feedPrefix(prefix, count(state, key)));
      }
    } finally {
      await keys.close();
    }
    return state;
  }
}

/** Takes a feed's last record for the whole of it. @returns its client */
function count(state: DocumentState, key: string): number {
  const { client, clock } = parseRecordKey(key);
  state.next.set(client, clock + 1);
  state.count += clock + 1;
  return client;
}

/** What fails for one document fails for that alone. */
async function isolated(
  document: DocumentName,
  failed: Map<DocumentName, unknown>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    failed.set(document, error);
  }
}
