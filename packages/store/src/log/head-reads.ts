import type { LogName } from '@sotto/protocol';
import type { DocumentState } from './append-group.js';
import type { LogHead } from './log-store.js';

/** A newest segment as it was read. */
export interface FoundHead {
  readonly segment: number;
  readonly state: DocumentState;
}

/**
 * Heads that are read from the database: once for all who ask at the same time, and remembered where the log was not written
 * to meanwhile, so that of the many who open a log the first one alone pays.
 */
export class HeadReads {
  readonly #remember: (log: LogName, found: FoundHead) => void;
  readonly #reading = new Map<LogName, { head: Promise<LogHead>; isOvertaken: boolean }>();
  readonly #writing = new Set<LogName>();

  constructor(remember: (log: LogName, found: FoundHead) => void) {
    this.#remember = remember;
  }

  /** @param find reads it */
  of(log: LogName, find: () => Promise<FoundHead>): Promise<LogHead> {
    const under = this.#reading.get(log);
    // What was written since that one began may have been acknowledged: it must be seen.
    if (under && !under.isOvertaken) return under.head;
    const reading = { isOvertaken: this.#writing.has(log), head: Promise.resolve({ segment: 0, count: 0 }) };
    const done = () => {
      if (this.#reading.get(log) === reading) this.#reading.delete(log);
    };
    reading.head = find()
      .then((found) => {
        if (!reading.isOvertaken) this.#remember(log, found);
        return { segment: found.segment, count: found.state.count };
      })
      .finally(done);
    this.#reading.set(log, reading);
    return reading.head;
  }

  /** Writes to logs: what is read of them meanwhile is not remembered. One write at a time. */
  async whileWriting(logs: readonly LogName[], write: () => Promise<void>): Promise<void> {
    for (const log of logs) {
      this.#writing.add(log);
      const reading = this.#reading.get(log);
      if (reading) reading.isOvertaken = true;
    }
    try {
      await write();
    } finally {
      this.#writing.clear();
    }
  }
}
