import type { DocumentName } from '@sotto/protocol';
import type { DocumentState } from '../log/append-group.js';
import { documentRange, recordKey } from '../log/record-keys.js';
import type { CouchDatabase, StoredDocument } from './database.js';
import { parseDocumentId, recordsPrefix, registerEntry, slotId, slotOf } from './record-documents.js';

/**
 * What this server knows of one document: a lower bound, since other servers write too. Everything counted is there
 * without holes; it never shrinks.
 */
export interface CouchDocumentState extends DocumentState {
  readonly prefix: string;
  /** Entries of the register that are known; the next one goes there. */
  slots: number;
  /** Clients in the register; each with the entry where that is readable, but not known to be on a quorum. */
  readonly registered: Map<number, StoredDocument | undefined>;
  /** Clients of which two bodies lie at one position; whether the register says so. */
  readonly forked: Map<number, boolean>;
  /** Next clock of each client as far as this server knows it to be on a quorum, and not only readable. */
  readonly sure: Map<number, number>;
}

/** Register entries asked for at once beyond the known ones: one that was written half is no end. */
const SLOTS_AHEAD = 3;
/** Records of one feed asked for at once beyond the known ones. */
const MOST_AHEAD = 64;

export function emptyState(document: DocumentName): CouchDocumentState {
  return {
    prefix: recordsPrefix(document),
    next: new Map(),
    count: 0,
    slots: 0,
    registered: new Map(),
    forked: new Map(),
    sure: new Map(),
  };
}

/** Raises the next clock of a client; what is below that is there. */
export function raise(state: CouchDocumentState, client: number, next: number): void {
  const before = state.next.get(client) ?? 0;
  if (next <= before) return;
  state.next.set(client, next);
  state.count += next - before;
}

export function raiseSure(state: CouchDocumentState, client: number, next: number): void {
  if (next > (state.sure.get(client) ?? 0)) state.sure.set(client, next);
}

/** Two bodies were seen at one position of this client. */
export function noticeFork(state: CouchDocumentState, client: number): void {
  if (!state.forked.has(client)) state.forked.set(client, false);
}

/**
 * Reads what one copy lists of a document: a beginning, to be completed by {@link refresh}. Costs ids, no bodies.
 */
export async function loadState(
  database: CouchDatabase,
  partition: string,
  document: DocumentName,
): Promise<CouchDocumentState> {
  const state = emptyState(document);
  for (const { id } of await database.range(partition, documentRange(state.prefix))) {
    const position = parseDocumentId(id)?.position;
    // Ids come in order of clocks: a hole ends what counts of a feed.
    if (position && (state.next.get(position.client) ?? 0) === position.clock)
      raise(state, position.client, position.clock + 1);
  }
  return state;
}

/**
 * Brings a state up to what was durable when this was called, by reads that ask a quorum: the register from its known end,
 * each feed from its known end, until nothing more is found. With nothing new it is one request.
 */
export async function refresh(database: CouchDatabase, state: CouchDocumentState): Promise<void> {
  const ahead = new Map<number, number>();
  for (;;) {
    const clients = new Set([...state.registered.keys(), ...state.next.keys()]);
    const slots = Array.from({ length: SLOTS_AHEAD }, (_, index) =>
      slotId(state.prefix, state.slots + index),
    );
    const wanted = [...clients].map((client) => ({
      client,
      ids: idsAhead(state, client, ahead.get(client) ?? 1),
    }));
    const found = await database.getAll([...slots, ...wanted.flatMap(({ ids }) => ids)]);
    let news = false;
    for (const id of slots) news = learnSlot(state, id, found.get(id) ?? []) || news;
    for (const { client, ids } of wanted) {
      const there = ids.findIndex((id) => !found.has(id));
      const length = there === -1 ? ids.length : there;
      const next = state.next.get(client) ?? 0;
      noticeForks(state, client, ids.slice(0, length), found);
      raise(state, client, idsStart(ids, next) + length);
      // Only a feed that went on as far as was asked may go on further.
      ahead.set(client, there === -1 ? Math.min(MOST_AHEAD, ids.length * 4) : 1);
      news ||= there === -1;
    }
    if (!news) return;
  }
}

/** Takes in what lies at one place of the register. @returns whether anything does */
export function learnSlot(state: CouchDocumentState, id: string, leaves: readonly StoredDocument[]): boolean {
  if (leaves.length === 0) return false;
  state.slots = Math.max(state.slots, slotOf(id) + 1);
  for (const leaf of leaves) {
    const entry = registerEntry(leaf);
    if (entry && 'c' in entry && !state.registered.has(entry.c)) state.registered.set(entry.c, leaf);
    if (entry && 'f' in entry) state.forked.set(entry.f, true);
  }
  return true;
}

function idsAhead(state: CouchDocumentState, client: number, length: number): string[] {
  const next = state.next.get(client) ?? 0;
  return Array.from({ length }, (_, index) => recordKey(state.prefix, { client, clock: next + index }));
}

function idsStart(ids: readonly string[], otherwise: number): number {
  const [first] = ids;
  return first === undefined ? otherwise : (parseDocumentId(first)?.position?.clock ?? otherwise);
}

function noticeForks(
  state: CouchDocumentState,
  client: number,
  ids: readonly string[],
  found: ReadonlyMap<string, readonly StoredDocument[]>,
): void {
  if (ids.some((id) => found.get(id)!.length > 1)) noticeFork(state, client);
}
