import type { DocumentName, LogName, Position } from '@sotto/protocol';

/** An envelope of a conversation as this device keeps it. `content` is what the conversation rooms made of it. */
export interface StoredEnvelope extends Position {
  readonly content: Uint8Array;
}

/**
 * The device's conversations: envelopes, written in batches, and a few small mutable records (summaries, drafts). Durability is relaxed: after loss of power the newest may be missing, and come again from the server.
 */
export interface MessageStore {
  /** Writes envelopes; one that is there already is replaced (a key came late), equal ones cost nothing. */
  put(envelopes: readonly StoredEnvelope[]): Promise<void>;
  /**
   * Writes envelopes at positions where nothing is stored: long runs are kept together, which costs a fraction. What
   * is {@link put} to one of them later replaces it.
   */
  putFresh(envelopes: readonly StoredEnvelope[]): Promise<void>;
  /** One segment, by client, clocks ascending. */
  segment(document: DocumentName): Promise<StoredEnvelope[]>;
  /** Next clock per client, counting contiguous envelopes from 0 only. */
  stateVector(document: DocumentName): Promise<Map<number, number>>;
  /** Segments of a log that hold anything, ascending. */
  segments(log: LogName): Promise<number[]>;
  record(key: string): Promise<Uint8Array | undefined>;
  records(prefix: string): Promise<[key: string, value: Uint8Array][]>;
  putRecord(key: string, value: Uint8Array): Promise<void>;
  removeRecord(key: string): Promise<void>;
  close(): Promise<void>;
  /** Closes and deletes everything. */
  destroy(): Promise<void>;
}
