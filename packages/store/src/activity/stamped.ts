import type { LogName } from '@sotto/protocol';

/** Logs remembered; whoever writes a row again does no harm. */
const MOST = 200_000;

/** Which logs have their row of the bucket that runs now, as far as this server wrote them: one write a log and bucket. */
export class Stamped {
  readonly #logs = new Set<LogName>();
  #bucket = -1;

  /** Those of the logs whose row of `bucket` is to be written. */
  missing(logs: Iterable<LogName>, bucket: number): LogName[] {
    if (bucket !== this.#bucket) return [...new Set(logs)];
    const found = new Set<LogName>();
    for (const log of logs) if (!this.#logs.has(log)) found.add(log);
    return [...found];
  }

  /** Rows of buckets before this one are no more. */
  forget(before: number): void {
    if (this.#bucket < before) this.#logs.clear();
  }

  /** Their rows are durable. */
  written(logs: Iterable<LogName>, bucket: number): void {
    if (bucket !== this.#bucket || this.#logs.size >= MOST) {
      this.#bucket = bucket;
      this.#logs.clear();
    }
    for (const log of logs) this.#logs.add(log);
  }
}
