import type { DocumentName, LogRecord } from '@sotto/protocol';
import type { Stored } from './log-store.js';
import { recordKey } from './record-keys.js';

/** What is durable of one document. Feeds have no holes, so the counts say it all. */
export interface DocumentState {
  /** Next clock of every client. */
  readonly next: Map<number, number>;
  /** Records in the document. */
  count: number;
  /** Clients that are finished: two bodies are durable at one of their positions. Only where stores are replicated. */
  readonly forked?: { has(client: number): boolean };
}

/** One call of `append`. */
export interface Append {
  readonly document: DocumentName;
  /** Of the document's keys. */
  readonly prefix: string;
  readonly records: readonly LogRecord[];
  /** Whether it may be written now. */
  readonly stands?: (() => boolean) | undefined;
}

/** About the bytes of memory that an append takes. */
export function weigh({ records }: Append): number {
  return records.reduce((sum, { body }) => sum + body.length + 64, 0);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/**
 * Decides what becomes of a group of appends before anything is written: each sees what is durable and what goes
 * before it in the group. Nothing durable changes until {@link settle}.
 */
export class AppendGroup {
  readonly #states: ReadonlyMap<DocumentName, DocumentState>;
  readonly #durable: ReadonlyMap<string, Uint8Array>;
  readonly #most: number;
  readonly #next = new Map<DocumentState, Map<number, number>>();
  /** New records by key: what is to be written. */
  readonly writes = new Map<string, Uint8Array>();

  /**
   * @param states of every document in the group
   * @param durable bodies of the records of the group whose positions are taken, by key
   * @param most records that a document may hold
   */
  constructor(
    states: ReadonlyMap<DocumentName, DocumentState>,
    durable: ReadonlyMap<string, Uint8Array>,
    most = Infinity,
  ) {
    this.#most = most;
    this.#states = states;
    this.#durable = durable;
  }

  /** @returns one outcome a record, up to the first fork or gap; none when the document can't hold them all */
  decide({ document, prefix, records }: Append): Stored[] {
    const state = this.#states.get(document)!;
    if (!this.#fits(state, records)) return [];
    const outcomes: Stored[] = [];
    for (const record of records) {
      const outcome = this.#place(state, recordKey(prefix, record), record);
      outcomes.push(outcome);
      if (outcome === 'fork' || outcome === 'gap') break;
    }
    return outcomes;
  }

  /** The writes are durable: brings the states up to date. */
  settle(): void {
    for (const [state, feeds] of this.#next) {
      for (const [client, next] of feeds) {
        const before = state.next.get(client) ?? 0;
        // Where others write too, more may have become known meanwhile.
        if (next <= before) continue;
        state.count += next - before;
        state.next.set(client, next);
      }
    }
  }

  #fits(state: DocumentState, records: readonly LogRecord[]): boolean {
    if (this.#most === Infinity) return true;
    const feeds = this.#next.get(state) ?? new Map<number, number>();
    let count = state.count;
    for (const [client, next] of feeds) count += next - (state.next.get(client) ?? 0);
    const fresh = records.filter(
      ({ client, clock }) => clock >= (feeds.get(client) ?? state.next.get(client) ?? 0),
    );
    return fresh.length === 0 || count + fresh.length <= this.#most;
  }

  #place(state: DocumentState, key: string, { client, clock, body }: LogRecord): Stored {
    const next = this.#next.get(state)?.get(client) ?? state.next.get(client) ?? 0;
    if (clock < next) return sameBytes(this.#bodyAt(key), body) ? 'present' : 'fork';
    if (state.forked?.has(client)) return 'fork';
    if (clock > next) return 'gap';
    this.writes.set(key, body);
    const feeds = this.#next.get(state) ?? new Map<number, number>();
    this.#next.set(state, feeds.set(client, clock + 1));
    return 'stored';
  }

  #bodyAt(key: string): Uint8Array {
    const body = this.writes.get(key) ?? this.#durable.get(key);
    if (!body) throw new Error('a feed in the store has a hole');
    return body;
  }
}
