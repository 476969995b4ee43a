import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { HEARTBEAT_MS } from './couch-client.js';
import type { CouchDatabase, StoredDocument } from './database.js';

const change = v.looseObject({
  id: v.string(),
  seq: v.union([v.string(), v.number()]),
  doc: v.optional(v.nullable(v.looseObject({ _id: v.string(), _rev: v.string() }))),
});

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
/** So often a feed begins again for what it cannot read. */
const UNREADABLE_TIMES = 3;

export interface FeedListener {
  /** Given what changed, in one copy's order, perhaps again. The feed goes on when it is done; when it throws, from here. */
  readonly changed: (documents: StoredDocument[]) => Promise<void>;
  /** The feed broke off: what happens from now on is told late. */
  readonly broken?: () => void;
}

/**
 * Follows the changes of one database while anybody listens, over cuts: it goes on behind the last change that was dealt
 * with. Positions are CouchDB's and opaque; the order is one copy's, which may be another after a cut.
 */
export class ChangesFeed {
  readonly #database: CouchDatabase;
  readonly #listener: FeedListener;
  #since: string;
  /** When all that had come was dealt with and the feed was alive, by the clock that only goes forward. */
  #aliveAt = 0;
  #unreadable = 0;
  #following: { stop: AbortController; ended: Promise<void> } | undefined;

  /** @param since opaque; changes from before it are not told */
  constructor(database: CouchDatabase, since: string, listener: FeedListener) {
    this.#database = database;
    this.#since = since;
    this.#listener = listener;
  }

  start(): void {
    if (this.#following) return;
    const stop = new AbortController();
    this.#aliveAt = performance.now();
    this.#following = { stop, ended: this.#run(stop.signal) };
  }

  /** For how long it may have told less than there was, milliseconds: 0 before it began, since nobody listens then. */
  silentMs(): number {
    if (!this.#following) return 0;
    return Math.max(0, performance.now() - this.#aliveAt - HEARTBEAT_MS);
  }

  /** Resolves when nothing is told any more. */
  async stop(): Promise<void> {
    const following = this.#following;
    this.#following = undefined;
    following?.stop.abort();
    await following?.ended;
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await this.#database.follow(
          this.#since,
          async (lines) => {
            failures = 0;
            await this.#hear(lines);
          },
          signal,
        );
      } catch {
        // A feed that fails is a feed that ended: it begins again, at another node where it could not begin.
      }
      if (signal.aborted) return;
      this.#listener.broken?.();
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }

  async #hear(lines: readonly string[]): Promise<void> {
    // What ends a feed on the server's side has no id.
    const changes = lines
      .map((line) => v.safeParse(change, this.#parseLine(line)))
      .filter(({ success }) => success);
    const known = changes.map(({ output }) => output as v.InferOutput<typeof change>);
    const documents = known.flatMap(({ doc }) =>
      doc && doc._deleted !== true ? [doc as StoredDocument] : [],
    );
    if (documents.length > 0) await this.#listener.changed(documents);
    const last = known.at(-1);
    if (last) {
      this.#since = String(last.seq);
      this.#unreadable = 0;
    }
    this.#aliveAt = performance.now();
  }

  /** A line that is none comes again with the feed's next beginning; if it always does, it is passed over. */
  #parseLine(line: string): unknown {
    try {
      return JSON.parse(line);
    } catch (error) {
      this.#unreadable += 1;
      if (this.#unreadable < UNREADABLE_TIMES) throw error;
      return undefined;
    }
  }
}
