import type { LogRecord } from '@sotto/protocol';

/** Feeds remembered: those that wrote last. */
const REMEMBERED = 4_096;

/** How far the tail of the store is behind this server's own appends. */
export class TailLag {
  readonly #observe: (seconds: number) => void;
  /** Own appends that were not told yet: the clock, and when it was durable. */
  readonly #durable = new Map<string, { clock: number; at: number }>();
  /** Newest clock told of each feed: most stores tell of an append before they answer it. */
  readonly #told = new Map<string, number>();

  constructor(observe: (seconds: number) => void) {
    this.#observe = observe;
  }

  /** An own append is durable, this being its last record. */
  durable(record: LogRecord): void {
    const feed = feedOf(record);
    if ((this.#told.get(feed) ?? -1) >= record.clock) this.#observe(0);
    else remember(this.#durable, feed, { clock: record.clock, at: performance.now() });
  }

  told(records: readonly LogRecord[]): void {
    const last = records.at(-1);
    if (!last) return;
    const feed = feedOf(last);
    remember(this.#told, feed, last.clock);
    const own = this.#durable.get(feed);
    if (!own || own.clock > last.clock) return;
    this.#durable.delete(feed);
    this.#observe((performance.now() - own.at) / 1_000);
  }

  forget(): void {
    this.#durable.clear();
  }
}

function feedOf({ document, client }: LogRecord): string {
  return `${document}/${client}`;
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > REMEMBERED) map.delete(map.keys().next().value!);
}
