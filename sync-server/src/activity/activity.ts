import type { LogName, LogRecord } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Logger } from '@sotto/service';
import type { ActivityStore, LogStore } from '@sotto/store';
import { bucketOf } from '@sotto/store';
import { decodeCursor, encodeCursor, NO_CURSOR } from './cursor.js';
import { Recency } from './recency.js';

/** Milliseconds, but for the cells. */
export interface ActivityBounds {
  /** Skew of clocks, lag of tails and length of appends that a cursor allows for (SPEC C7). */
  readonly slackMs: number;
  /** Rows are kept for so long. */
  readonly windowMs: number;
  /** A tail silent for this long can't answer. */
  readonly silentMs: number;
  /** Between two looks for rows that are too old. */
  readonly expireEveryMs: number;
  /** Of memory, 2 bytes each; a power of two. */
  readonly activityCells: number;
}

const DAY_MS = 24 * 60 * 60_000;

export const ACTIVITY_BOUNDS: ActivityBounds = {
  slackMs: 10 * 60_000,
  windowMs: 14 * DAY_MS,
  silentMs: 30_000,
  expireEveryMs: 60 * 60_000,
  activityCells: 2 ** 22,
};

export interface ActivityParts {
  readonly store: ActivityStore;
  readonly log: Pick<LogStore, 'tail'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly bounds: ActivityBounds;
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds, or when it is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** Beyond them what was noted is noted again, which costs a little. */
const MOST_NOTED = 65_536;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/** Whether something may have happened to a log since the cursor that was shown. */
export type IsActive = (log: LogName) => boolean;

/** What this server knows of when each log was written to last, and the cursors that it gives by that (SPEC C2 to C4, C7). */
export class Activity {
  readonly #parts: ActivityParts;
  readonly #newest: Recency;
  readonly #stopping = new AbortController();
  readonly #leave: () => void;
  readonly #expiring: NodeJS.Timeout;
  /** Logs noted in the bucket that runs, so that most of what is told costs next to nothing. */
  readonly #noted = new Set<LogName>();
  #bucket = -1;
  /** Rows are here, and nothing was missed since. */
  #isFilled = false;
  #fillings = 0;

  /** Follows the tail from now on, and begins to read the rows. */
  constructor(parts: ActivityParts) {
    this.#parts = parts;
    const { log, bounds, now } = parts;
    this.#newest = new Recency(bounds.activityCells, bucketOf(now() - bounds.windowMs));
    this.#leave = log.tail(
      (records) => this.#hear(records),
      () => void this.#fill(),
    );
    void this.#fill();
    this.#expiring = setInterval(
      () => void this.#expire(),
      bounds.expireEveryMs * (0.75 + Math.random() / 2),
    );
    this.#expiring.unref();
  }

  /** A cursor of this moment: what the tail told until now has gone out. Empty where that is not known. */
  cursor(): Uint8Array {
    const silent = this.#parts.store.silentMs();
    return Number.isFinite(silent) ? encodeCursor(this.#parts.now() - silent) : NO_CURSOR;
  }

  /**
   * What may have happened since a cursor. To be asked once everything that it is asked about is subscribed to.
   * @returns undefined where that can't be told: everything is to be compared
   */
  since(cursor: Uint8Array): IsActive | undefined {
    const { bounds, store, now } = this.#parts;
    const at = decodeCursor(cursor);
    if (at === undefined || !this.#isFilled || store.silentMs() > bounds.silentMs) return undefined;
    const age = now() - at;
    if (age < -bounds.slackMs || age > bounds.windowMs - DAY_MS) return undefined;
    const bucket = bucketOf(at - bounds.slackMs);
    return (log) => this.#newest.isSince(log, bucket);
  }

  close(): void {
    this.#leave();
    clearInterval(this.#expiring);
    this.#stopping.abort();
  }

  #hear(records: readonly LogRecord[]): void {
    const bucket = bucketOf(this.#parts.now());
    if (bucket !== this.#bucket || this.#noted.size >= MOST_NOTED) {
      this.#bucket = bucket;
      this.#noted.clear();
    }
    const { document } = records[0]!;
    const log = document.slice(0, document.lastIndexOf('.')) as LogName;
    if (this.#noted.has(log)) return;
    this.#noted.add(log);
    this.#newest.note(log, bucket);
  }

  /** Reads what is kept: at the start, and where the tail has missed something. */
  async #fill(): Promise<void> {
    this.#isFilled = false;
    this.#fillings += 1;
    const filling = this.#fillings;
    const { bounds, store, now, pause, logger } = this.#parts;
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted && filling === this.#fillings; attempt += 1) {
      try {
        const began = now();
        await this.#read(bucketOf(began - bounds.windowMs));
        if (store.settleMs > 0) {
          // What was acknowledged just before the tail began may not be on the copy that was read.
          await pause(store.settleMs, signal);
          await this.#read(bucketOf(began - bounds.slackMs));
        }
        this.#isFilled = filling === this.#fillings;
        return;
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        if (attempt === 0) logger.warn({ code: error.code }, 'sync: activity rows could not be read');
        await pause(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10)), signal);
      }
    }
  }

  async #read(since: number): Promise<void> {
    for await (const rows of this.#parts.store.rows(since)) {
      if (this.#stopping.signal.aborted) return;
      // A row of the future is of a clock that is ahead; what it stands for is not.
      const newest = bucketOf(this.#parts.now());
      for (const { log, bucket } of rows) this.#newest.note(log, Math.min(bucket, newest));
    }
  }

  async #expire(): Promise<void> {
    const { bounds, store, now, logger } = this.#parts;
    try {
      await store.expire(bucketOf(now() - bounds.windowMs));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      logger.warn({ code: error.code }, 'sync: activity rows could not be expired');
    }
  }
}
