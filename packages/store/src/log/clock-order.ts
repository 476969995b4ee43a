import type { DocumentName, LogRecord } from '@sotto/protocol';
import { RecentMap } from '../cache/recent-map.js';

/** Records of one feed from clock `from` up to below `to`. */
export interface FeedSpan {
  readonly document: DocumentName;
  readonly client: number;
  readonly from: number;
  readonly to: number;
}

/** What of one feed was told: clocks from `from` up to below `next`; `beyond` is the highest clock heard of, plus one. */
interface Told {
  from: number;
  next: number;
  beyond: number;
  /** The hole before `beyond` is being fetched. */
  filling?: Promise<void> | undefined;
}

const REMEMBERED = 100_000;
const FETCHED_AT_ONCE = 256;

/**
 * Puts records in order of clocks, feed by feed, that come in any order and repeatedly. What is missing before a record is
 * fetched. What was told is not told again as long as it is remembered. Of a feed that nothing is known of, the first record
 * that comes is where telling begins; an earlier one that comes after it is told as it comes.
 */
export class ClockOrder {
  readonly #fetch: (span: FeedSpan) => Promise<LogRecord[]>;
  readonly #tell: (records: LogRecord[]) => void;
  readonly #told: RecentMap<string, Told>;

  /**
   * @param fetch records of a span, ascending without holes from its beginning, as far as they are durable
   * @param remembered feeds
   */
  constructor(
    fetch: (span: FeedSpan) => Promise<LogRecord[]>,
    tell: (records: LogRecord[]) => void,
    remembered = REMEMBERED,
  ) {
    this.#fetch = fetch;
    this.#tell = tell;
    this.#told = new RecentMap(remembered);
  }

  /** Whoever listens knows, or can read, everything below `next`: telling begins there where it did not begin yet. */
  seed(document: DocumentName, client: number, next: number): void {
    const key = feedKey(document, client);
    if (this.#told.get(key) === undefined) this.#told.set(key, { from: next, next, beyond: next });
  }

  /**
   * Tells what is next in its feed at once, before this returns; fetches and tells what is missing.
   * @returns when everything up to the records offered is told, or known not to be durable
   * @throws what fetching throws; offering again does it then
   */
  async offer(records: readonly LogRecord[]): Promise<void> {
    const ready: LogRecord[] = [];
    const holes = new Map<Told, { document: DocumentName; client: number }>();
    for (const record of records) {
      const { document, client } = record;
      const told = this.#toldOf(record);
      if (this.#isReady(told, record)) ready.push(record);
      if (told.beyond > told.next) holes.set(told, { document, client });
    }
    for (const ofDocument of byDocument(ready)) this.#tell(ofDocument);
    await Promise.all([...holes].map(([told, { document, client }]) => this.#fill(told, document, client)));
  }

  #toldOf({ document, client, clock }: LogRecord): Told {
    const key = feedKey(document, client);
    const known = this.#told.get(key);
    if (known) return known;
    const fresh = { from: clock, next: clock, beyond: clock };
    this.#told.set(key, fresh);
    return fresh;
  }

  /** May it be told now? Brings `told` up to date either way. */
  #isReady(told: Told, { clock }: LogRecord): boolean {
    if (clock < told.from) {
      if (clock === told.from - 1) told.from = clock;
      return true;
    }
    told.beyond = Math.max(told.beyond, clock + 1);
    if (clock !== told.next) return false;
    told.next = clock + 1;
    return true;
  }

  async #fill(told: Told, document: DocumentName, client: number): Promise<void> {
    told.filling ??= this.#fetchHole(told, document, client).finally(() => {
      told.filling = undefined;
    });
    await told.filling;
  }

  async #fetchHole(told: Told, document: DocumentName, client: number): Promise<void> {
    while (told.next < told.beyond) {
      const to = Math.min(told.beyond, told.next + FETCHED_AT_ONCE);
      const found = await this.#fetch({ document, client, from: told.next, to });
      // Some may have come by themselves meanwhile.
      const ready = found.filter((record) => record.clock >= told.next && this.#isReady(told, record));
      if (ready.length > 0) this.#tell(ready);
      else if (told.next < to) return;
    }
  }
}

/** Listeners are told of one document at a time. */
function byDocument(records: readonly LogRecord[]): Iterable<LogRecord[]> {
  const groups = new Map<DocumentName, LogRecord[]>();
  for (const record of records) {
    const group = groups.get(record.document);
    if (group) group.push(record);
    else groups.set(record.document, [record]);
  }
  return groups.values();
}

function feedKey(document: DocumentName, client: number): string {
  return `${document}/${client}`;
}
