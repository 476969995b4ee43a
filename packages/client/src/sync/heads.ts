import type { LogName } from '@sotto/protocol';
import type { KnownHead } from './own-feeds.js';

/** Logs of which the server said that nothing happened: their heads are asked for when somebody wants to know. */
export interface QuietLogs {
  isQuiet(log: LogName): boolean;
  ask(log: LogName): void;
}

const EMPTY: KnownHead = { segment: 0, count: 0 };

/** The newest segment of each log, as the server told and as updates passed by since. */
export class Heads {
  readonly #heads = new Map<LogName, KnownHead>();
  #quiet: QuietLogs | undefined;

  of(log: LogName): KnownHead {
    return this.#heads.get(log) ?? EMPTY;
  }

  /** Whether the server has told since the connection began. Of a log that it passed over it is asked now. */
  known(log: LogName): boolean {
    if (this.#heads.has(log)) return true;
    if (this.#quiet?.isQuiet(log)) this.#quiet.ask(log);
    return false;
  }

  /** The server's word. */
  set(log: LogName, head: KnownHead): void {
    this.#heads.set(log, head);
  }

  /** Envelopes were added to a segment. */
  grew(log: LogName, segment: number, by: number): void {
    const head = this.of(log);
    if (segment < head.segment) return;
    this.#heads.set(log, { segment, count: (segment === head.segment ? head.count : 0) + by });
  }

  /** Something came for a segment: a newer one than known is the newest now. Its count is what is stored here. */
  reached(log: LogName, segment: number): void {
    const head = this.#heads.get(log);
    if (head && segment > head.segment) this.#heads.set(log, { segment, count: 0 });
  }

  /** It has changed; the server is being asked again. */
  forget(log: LogName): void {
    this.#heads.delete(log);
  }

  /**
   * A new connection: what was known may be old.
   * @param quiet logs to which nothing happened, of which what was known stays
   */
  begin(quiet?: QuietLogs): void {
    this.#quiet = quiet;
    for (const log of [...this.#heads.keys()]) if (!quiet?.isQuiet(log)) this.#heads.delete(log);
  }
}
