import type { DocumentName, LogName, LogRecord, StateVector } from '@sotto/protocol';
import type { Unsubscribe } from '../watch/unsubscribe.js';

/** What became of one record of an append. */
export type Stored =
  /** Durable now. */
  | 'stored'
  /** Was there already, byte for byte. */
  | 'present'
  /** Another body lies at this position: nothing was written, and nothing after it either. */
  | 'fork'
  /** The record before it in its feed is neither durable nor in this append: not written. */
  | 'gap';

/** Newest segment of a log and how many envelopes it holds. */
export interface LogHead {
  readonly segment: number;
  readonly count: number;
}

/**
 * The servers' durable log. Records are immutable; writing one again, in any batch, is free (SPEC S1 to S4).
 * A promise resolves only when what it says is durable.
 */
export interface LogStore {
  /**
   * Writes records of one document, in order. Stops at the first `fork` or `gap`.
   * @param stands asked in the moment of writing, when nothing else of this store can come between: false writes nothing
   * @param dependsOn prefixes of the claims that `stands` goes by, all of them watched: where other processes write to the
   * same store, it is asked again once this one has heard of such a claim. Every watched claim when left out
   * @returns one outcome a record, shorter than the input when it stopped; none when it did not stand
   * @throws ProtocolError `sync/store-unavailable` when nothing may be assumed; the same append may be repeated
   */
  append(
    records: readonly LogRecord[],
    stands?: () => boolean,
    dependsOn?: readonly string[],
  ): Promise<Stored[]>;
  /**
   * What `document` has and `have` lacks, grouped by client, clocks ascending.
   * @param most bytes of bodies after which the rest is left for the next read, so that memory is bounded; at least one
   * record is read where there is one. What comes to less than that is all there is. Everything when left out
   */
  read(document: DocumentName, have: StateVector, most?: number): Promise<LogRecord[]>;
  /** Next clock of every client that wrote to the document. */
  stateVector(document: DocumentName): Promise<Map<number, number>>;
  /** (0, 0) for a log nobody wrote to. */
  head(log: LogName): Promise<LogHead>;
  /** The same where the store knows it without looking, for who asks with every append; undefined says nothing. */
  peekHead?(log: LogName): LogHead | undefined;
  /** Whether all of these records of one feed are durable, byte for byte, where a look tells it; false says nothing. */
  peekHolds?(records: readonly LogRecord[]): boolean;
  /**
   * Calls back with records that became durable, by whichever server, from now on: per feed in clock order, each once
   * from this server's own appends, perhaps again from others'. Records of one document a call. A listener must not throw.
   * @param interrupted called when records may have become durable that nobody will be told of: whoever goes by the tail
   * reads anew. Never called by a store that misses nothing
   */
  tail(listener: (records: readonly LogRecord[]) => void, interrupted?: () => void): Unsubscribe;
  /**
   * Deletes every record of a log, for good: nothing of it can be read from this store's own files or databases once it
   * resolves (docs/data.md says what of CouchDB's files stays until they are compacted). Who asks for it has seen to it that nobody
   * appends to the log any more. Doing it again is free.
   * @returns how many records were there
   */
  erase(log: LogName): Promise<number>;
  /** Waits for the appends under way; later ones throw `sync/store-unavailable`. */
  close(): Promise<void>;
}
