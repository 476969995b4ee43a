import type { LogName } from '@sotto/protocol';

/** In this bucket of server time something became durable in this log, or was about to. */
export interface ActivityRow {
  readonly log: LogName;
  /** `bucketOf` the clock of whichever server wrote it. */
  readonly bucket: number;
}

/**
 * Which logs were written to, and about when: a row a log and bucket, without contents. Rows are written by the log store: a
 * record is never durable without a row of a bucket that is not older than the record by more than the append took (SPEC C1).
 */
export interface ActivityStore {
  /** How long after an append was answered a read may still miss its row, milliseconds: the copies of a cluster. */
  readonly settleMs: number;
  /**
   * Every row of the buckets from `since` on, in pieces, so that memory is bounded. In no order, and perhaps repeatedly.
   * @throws ProtocolError `sync/store-unavailable`
   */
  rows(since: number): AsyncIterable<readonly ActivityRow[]>;
  /**
   * Forgets rows of buckets before this one; where they lie in whole databases those of the last days of them may stay.
   * Makes what is soon written to. Any number of times, by any number of servers.
   * @throws ProtocolError `sync/store-unavailable`
   */
  expire(before: number): Promise<void>;
  /** For how long the log's tail may not have told what became durable, as far as is known, milliseconds. 0 where it misses nothing. */
  silentMs(): number;
}
