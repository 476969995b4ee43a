import type { ByteReader, DocumentName, LogName, LogRecord, StateVector } from '@sotto/protocol';
import type { LogHead, LogStore, Stored } from '../log/log-store.js';
import { Listeners } from '../watch/listeners.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import { answered } from './answered.js';
import { readOutcomes, readRecords, readVector, writeRecords, writeTexts, writeVector } from './fields.js';
import type { HostLink } from './host-link.js';
import { unavailable } from './host-link.js';
import { PAGE_BYTES, STATUS } from './operations.js';

/** Times that a condition is asked again because of claims that come meanwhile. */
const TRIES = 16;

/** The log store that a store host has open (SPEC S1 to S5 are decided there). */
export class HostedLogStore implements LogStore {
  readonly #link: HostLink;
  readonly #heard: () => number;
  readonly #listeners = new Listeners<[readonly LogRecord[]]>();
  readonly #interrupted = new Listeners<[]>();
  readonly #pending = new Set<Promise<unknown>>();
  #following = false;
  #closed = false;

  /** @param heard how many claims this connection has told of */
  constructor(link: HostLink, heard: () => number) {
    this.#link = link;
    this.#heard = heard;
  }

  async append(
    records: readonly LogRecord[],
    stands?: () => boolean,
    dependsOn: readonly string[] = [],
  ): Promise<Stored[]> {
    const document = records[0]?.document;
    if (document === undefined) return [];
    if (records.some((record) => record.document !== document))
      throw new RangeError('append: records of more than one document');
    if (this.#closed) throw unavailable('closed');
    const appending = this.#append(document, records, stands, dependsOn);
    this.#pending.add(appending);
    return appending.finally(() => this.#pending.delete(appending));
  }

  async read(document: DocumentName, have: StateVector, most = Infinity): Promise<LogRecord[]> {
    const known = new Map(have);
    const found = new Map<number, LogRecord[]>();
    let left = most;
    while (left > 0) {
      const page = await this.#readPage(document, known, Math.min(left, PAGE_BYTES));
      if (page.length === 0) break;
      for (const record of page) {
        const feed = found.get(record.client) ?? [];
        feed.push(record);
        found.set(record.client, feed);
        known.set(record.client, record.clock + 1);
        left -= record.body.length;
      }
    }
    // Whoever wrote between two pages is put where its feed is.
    return [...found.values()].flat();
  }

  async stateVector(document: DocumentName): Promise<Map<number, number>> {
    return readVector(await this.#ask('vector', document));
  }

  async head(log: LogName): Promise<LogHead> {
    const reader = await this.#ask('head', log);
    return { segment: reader.varUint(), count: reader.varUint() };
  }

  async erase(log: LogName): Promise<number> {
    return (await this.#ask('eraseLog', log)).varUint();
  }

  tail(listener: (records: readonly LogRecord[]) => void, interrupted?: () => void): Unsubscribe {
    if (!this.#following) this.#link.say('tail');
    this.#following = true;
    const stops = [
      this.#listeners.add(listener),
      ...(interrupted ? [this.#interrupted.add(interrupted)] : []),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Waits for the appends under way; later ones are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#pending);
  }

  /** Something became durable. */
  told(reader: ByteReader): void {
    const { records } = readRecords(reader);
    reader.end();
    this.#listeners.tell(records);
  }

  /** A connection begins: says again what is to be told. */
  follow(): void {
    if (this.#following) this.#link.say('tail');
  }

  interrupted(): void {
    this.#interrupted.tell();
  }

  async #append(
    document: DocumentName,
    records: readonly LogRecord[],
    stands: (() => boolean) | undefined,
    dependsOn: readonly string[],
  ): Promise<Stored[]> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      // What it goes by and how much of it was heard, in one moment.
      if (stands && !stands()) return [];
      const heard = this.#heard();
      const { status, reader } = await this.#link.ask('append', (writer) => {
        writeRecords(writer, document, records);
        writer.byte(stands ? 1 : 0).varUint(heard);
        writeTexts(writer, dependsOn);
      });
      if (status !== STATUS.unheard) return readOutcomes(answered({ status, reader }));
    }
    throw unavailable('claims come faster than conditions are decided');
  }

  async #readPage(document: DocumentName, have: StateVector, most: number): Promise<LogRecord[]> {
    const answer = await this.#link.ask('read', (writer) => {
      writer.varString(document);
      writeVector(writer, have);
      writer.varUint(Math.max(1, Math.floor(most)));
    });
    return readRecords(answered(answer)).records;
  }

  async #ask(operation: 'vector' | 'head' | 'eraseLog', name: string): Promise<ByteReader> {
    return answered(await this.#link.ask(operation, (writer) => void writer.varString(name)));
  }
}
