import type { DocumentName } from '@sotto/protocol';
import type { Append } from '../log/append-group.js';
import { AppendGroup } from '../log/append-group.js';
import type { Stored } from '../log/log-store.js';
import { recordKey } from '../log/record-keys.js';
import { pause, unavailable } from './couch-client.js';
import type { CouchDocumentState } from './couch-document-state.js';
import { learnSlot, noticeFork, raiseSure, refresh } from './couch-document-state.js';
import type { CouchDatabase, CouchDocument, StoredDocument } from './database.js';
import { bodyOf, registerDocument, slotOf } from './record-documents.js';

/** What committing needs of its store. */
export interface CommitParts {
  readonly database: CouchDatabase;
  /** Records that a document may hold. */
  readonly most: number;
  readonly stateOf: (document: DocumentName) => Promise<CouchDocumentState>;
  /** What is known of the document is not true any more. */
  readonly forget: (document: DocumentName) => void;
}

/** How often others may get in between before it counts as the store being unavailable. */
const ROUNDS = 6;
/** Share of the most records of a document from which on a count that may be old is brought up to date. */
const NEARLY_FULL = 0.75;

/**
 * Makes one group of appends durable: decides by what is known, writes all of it in one bulk, and decides again where
 * another server has written there meanwhile.
 * @returns outcomes of each append, as `LogStore.append` has them
 * @throws ProtocolError `sync/store-unavailable` when nothing may be assumed
 */
export async function commitAppends(appends: readonly Append[], parts: CommitParts): Promise<Stored[][]> {
  const fresh = new Set<DocumentName>();
  let standing: readonly boolean[] | undefined;
  for (let round = 0; round < ROUNDS; round += 1) {
    const decision = await decide(appends, parts, standing);
    const old = decision.doubtfulDocuments(fresh, parts.most);
    if (old.length > 0) {
      await Promise.all(old.map(async (document) => refresh(parts.database, decision.states.get(document)!)));
      for (const document of old) fresh.add(document);
      continue;
    }
    await decision.assertBasis(parts.database);
    if (!standing && !decision.stillStands()) continue;
    standing = decision.standing;
    const forks = await decision.write(parts.database);
    if (forks.size === 0) return decision.settle();
    await withdraw(parts.database, forks, decision);
    for (const document of decision.documentsOf(forks)) {
      parts.forget(document);
      fresh.delete(document);
    }
  }
  throw unavailable('others keep writing the same feeds');
}

async function decide(
  appends: readonly Append[],
  { database, most, stateOf }: CommitParts,
  standing: readonly boolean[] | undefined,
): Promise<Decision> {
  const states = new Map<DocumentName, CouchDocumentState>();
  for (const document of new Set(appends.map((append) => append.document)))
    states.set(document, await stateOf(document));
  const taken = await readTaken(appends, states, database);
  return new Decision(appends, states, taken, most, standing);
}

/** What lies at the positions of these appends that are taken already, by id. */
async function readTaken(
  appends: readonly Append[],
  states: ReadonlyMap<DocumentName, CouchDocumentState>,
  database: CouchDatabase,
): Promise<Map<string, StoredDocument>> {
  const positions = appends.flatMap(({ document, prefix, records }) =>
    records
      .filter(({ client, clock }) => clock < (states.get(document)!.next.get(client) ?? 0))
      .map((record) => ({
        id: recordKey(prefix, record),
        client: record.client,
        state: states.get(document)!,
      })),
  );
  const found = await database.getAll([...new Set(positions.map(({ id }) => id))]);
  const taken = new Map<string, StoredDocument>();
  for (const { id, client, state } of positions) {
    const leaves = found.get(id);
    if (!leaves) throw unavailable('a feed in the store has a hole');
    if (leaves.length > 1) noticeFork(state, client);
    taken.set(id, leaves[0]!);
  }
  return taken;
}

/** Successors of a lost position that went with the same bulk: nothing after a fork is written (SPEC S5). */
async function withdraw(
  database: CouchDatabase,
  forks: ReadonlyMap<string, readonly StoredDocument[]>,
  { group }: Decision,
): Promise<void> {
  const lost = [...forks.keys()];
  const after = [...group.writes.keys()].filter(
    (id) => !forks.has(id) && lost.some((fork) => isLaterInFeed(id, fork)),
  );
  const mine = await database.getAll(after);
  for (const id of after) {
    const body = Buffer.from(group.writes.get(id)!).toString('base64');
    for (const leaf of mine.get(id) ?? []) if (leaf.b === body) await database.remove(leaf);
  }
}

function isLaterInFeed(id: string, fork: string): boolean {
  const feed = fork.slice(0, fork.lastIndexOf('/') + 1);
  return id.startsWith(feed) && id > fork;
}

/** An entry of a document's register for a feed that has none. */
interface NewEntry {
  readonly document: CouchDocument;
  readonly state: CouchDocumentState;
  readonly client: number;
}

/** What is to be done with a group of appends, by what is known. */
class Decision {
  readonly states: ReadonlyMap<DocumentName, CouchDocumentState>;
  readonly group: AppendGroup;
  /** Did each append stand when it was decided? */
  readonly standing: readonly boolean[];
  readonly #appends: readonly Append[];
  readonly #outcomes: Stored[][];
  readonly #taken: ReadonlyMap<string, StoredDocument>;

  constructor(
    appends: readonly Append[],
    states: ReadonlyMap<DocumentName, CouchDocumentState>,
    taken: ReadonlyMap<string, StoredDocument>,
    most: number,
    standing: readonly boolean[] | undefined,
  ) {
    this.states = states;
    this.#appends = appends;
    this.#taken = taken;
    this.group = new AppendGroup(
      states,
      new Map([...taken].map(([id, stored]) => [id, bodyOf(stored)])),
      most,
    );
    this.standing = standing ?? appends.map(({ stands }) => stands?.() !== false);
    this.#outcomes = appends.map((append, index) => (this.standing[index] ? this.group.decide(append) : []));
  }

  /** Does everything stand that stood? */
  stillStands(): boolean {
    return this.#appends.every(({ stands }, index) => !this.standing[index] || stands?.() !== false);
  }

  /** Documents of which too little may be known for this decision: others may have written there. */
  doubtfulDocuments(fresh: ReadonlySet<DocumentName>, most: number): DocumentName[] {
    const doubtful = this.#appends.filter(({ document, records }, index) => {
      const outcomes = this.#outcomes[index]!;
      if (!this.standing[index]) return false;
      const refused = outcomes.length === 0 && records.length > 0;
      return refused || outcomes.at(-1) === 'gap' || this.#isNearlyFull(document, most);
    });
    return [...new Set(doubtful.map(({ document }) => document))].filter((document) => !fresh.has(document));
  }

  /**
   * Makes sure that what this decision stands on is on a quorum: records that count as present, the one before each first
   * new one, and the register's entries of their feeds.
   */
  async assertBasis(database: CouchDatabase): Promise<void> {
    const basis = new Map<string, StoredDocument | undefined>();
    const confirmed: (() => void)[] = [];
    this.#eachFeed((append, record, outcome) => {
      const state = this.states.get(append.document)!;
      const { client, clock } = record;
      const entry = state.registered.get(client);
      if (entry) {
        basis.set(entry._id, entry);
        confirmed.push(() => state.registered.set(client, undefined));
      }
      const last = outcome === 'present' ? clock : clock - 1;
      const id = recordKey(append.prefix, { client, clock: Math.max(0, last) });
      if (last < (state.sure.get(client) ?? 0) || this.group.writes.has(id)) return;
      basis.set(id, this.#taken.get(id));
      confirmed.push(() => raiseSure(state, client, last + 1));
    });
    const unread = [...basis].flatMap(([id, stored]) => (stored ? [] : [id]));
    const read = await database.getAll(unread);
    const documents = [...basis].map(([id, stored]) => stored ?? read.get(id)?.[0]);
    if (documents.includes(undefined)) throw unavailable('a feed in the store has a hole');
    await database.assertDurable(documents as StoredDocument[]);
    for (const confirm of confirmed) confirm();
  }

  /**
   * Writes what is new and registers the feeds that are new.
   * @returns what lies where another server wrote another body
   */
  async write(database: CouchDatabase): Promise<Map<string, StoredDocument[]>> {
    const forks = new Map<string, StoredDocument[]>();
    let records: CouchDocument[] = [...this.group.writes].map(([_id, body]) => ({
      _id,
      b: Buffer.from(body).toString('base64'),
    }));
    for (let round = 0; ; round += 1) {
      if (round === ROUNDS) throw unavailable('others keep writing the same register');
      if (round > 0) await pause(round);
      const entries = this.#newEntries();
      if (records.length + entries.length === 0) return forks;
      const others = await database.putAll(
        [...records, ...entries.map(({ document }) => document)],
        sameDocument,
      );
      for (const { _id } of records) if (others.has(_id)) forks.set(_id, others.get(_id)!);
      await this.#takeIn(database, entries, others);
      records = [];
    }
  }

  /**
   * Two servers may write one place of the register through two nodes, and a third that knows the place to be taken looks
   * there no more. So an entry counts only where it is alone when it is read again: of two at least one sees the other, and
   * registers anew where everybody still looks.
   */
  async #takeIn(
    database: CouchDatabase,
    entries: readonly NewEntry[],
    others: ReadonlyMap<string, StoredDocument[]>,
  ): Promise<void> {
    const written = entries.filter(({ document }) => !others.has(document._id));
    const read = await database.getAll(written.map(({ document }) => document._id));
    for (const { document, state, client } of entries) {
      const leaves = others.get(document._id) ?? read.get(document._id) ?? [];
      const isAlone = leaves.length === 1 && !others.has(document._id);
      for (const leaf of leaves) learnSlot(state, document._id, [leaf]);
      state.slots = Math.max(state.slots, slotOf(document._id) + 1);
      if (isAlone) state.registered.set(client, undefined);
      else state.registered.delete(client);
    }
  }

  /** All of it is durable. */
  settle(): Stored[][] {
    this.group.settle();
    this.#eachFeed(({ document }, { client, clock }) =>
      raiseSure(this.states.get(document)!, client, clock + 1),
    );
    return this.#outcomes;
  }

  documentsOf(ids: ReadonlyMap<string, unknown>): DocumentName[] {
    const lost = this.#appends.filter(({ prefix }) => [...ids.keys()].some((id) => id.startsWith(prefix)));
    return [...new Set(lost.map(({ document }) => document))];
  }

  #isNearlyFull(document: DocumentName, most: number): boolean {
    return most !== Infinity && this.states.get(document)!.count > most * NEARLY_FULL;
  }

  /** Every record that is stored or present by this decision. */
  #eachFeed(visit: (append: Append, record: Append['records'][number], outcome: Stored) => void): void {
    for (const [index, append] of this.#appends.entries()) {
      for (const [at, outcome] of this.#outcomes[index]!.entries()) {
        if (outcome === 'stored' || outcome === 'present') visit(append, append.records[at]!, outcome);
      }
    }
  }

  #newEntries(): NewEntry[] {
    const fresh = new Map<CouchDocumentState, Set<number>>();
    this.#eachFeed(({ document }, { client }) => {
      const state = this.states.get(document)!;
      if (state.registered.has(client)) return;
      fresh.set(state, (fresh.get(state) ?? new Set()).add(client));
    });
    return [...fresh].flatMap(([state, clients]) =>
      [...clients].map((client, index) => ({
        document: registerDocument(state.prefix, state.slots + index, { c: client }),
        state,
        client,
      })),
    );
  }
}

/** Do these documents hold the same? Revisions and marks aside. */
function sameDocument(mine: CouchDocument, stored: StoredDocument): boolean {
  return mine.b === stored.b && mine.c === stored.c && mine.f === stored.f;
}
