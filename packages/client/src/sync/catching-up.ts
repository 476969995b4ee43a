import type { DocumentName, LogName } from '@sotto/protocol';
import { decodeCbor, encodeCbor, parseDocumentName, schemas } from '@sotto/protocol';
import type { MessageStore } from '../store/message-store.js';

const PREFIX = 'behind/';
const key = (log: LogName): string => PREFIX + log;

/**
 * From which segment on a log may have holes here: segments come newest first, and a connection may end between two of
 * them. What is being asked for is remembered before it is, and forgotten when all of it was answered.
 */
export class CatchingUp {
  readonly #messages: MessageStore;
  /** Segments whose answer is still to come, by log. */
  readonly #asked = new Map<LogName, Set<number>>();
  /** Logs of which it is known on this connection what is missing. */
  readonly #begun = new Set<LogName>();
  #isQuiet: (log: LogName) => boolean = () => false;

  constructor(messages: MessageStore) {
    this.#messages = messages;
  }

  /** Lowest segment that may be incomplete; undefined where nothing was left half asked. */
  async behind(log: LogName): Promise<number | undefined> {
    const value = await this.#messages.record(key(log));
    return value && decodeCbor(schemas.count, value);
  }

  /** These segments are about to be asked for. */
  async asking(log: LogName, segments: readonly number[]): Promise<void> {
    this.#begun.add(log);
    const asked = this.#asked.get(log) ?? new Set();
    for (const segment of segments) asked.add(segment);
    if (asked.size === 0) return;
    this.#asked.set(log, asked);
    const lowest = Math.min(...asked);
    const before = await this.behind(log);
    if (before === undefined || lowest < before) await this.#messages.putRecord(key(log), encodeCbor(lowest));
  }

  /** Whether anything from this segment on is still to come, or it is not known on this connection. */
  awaits(log: LogName, from: number): boolean {
    if (!this.#begun.has(log)) return !this.#isQuiet(log);
    return [...(this.#asked.get(log) ?? [])].some((segment) => segment >= from);
  }

  /** Everything that the server holds of this document is stored here. */
  async answered(document: DocumentName): Promise<void> {
    const { log, document: parsed } = parseDocumentName(document);
    const asked = this.#asked.get(log);
    if (!asked?.delete(parsed.segment) || asked.size > 0) return;
    this.#asked.delete(log);
    await this.#messages.removeRecord(key(log));
  }

  /**
   * Nothing of the log is missing here: what was asked for came, though nobody noted it.
   * @returns whether it counted as behind until now
   */
  async complete(log: LogName): Promise<boolean> {
    if (this.#asked.has(log) || (await this.behind(log)) === undefined) return false;
    await this.#messages.removeRecord(key(log));
    return true;
  }

  /** Logs that were left half asked. */
  async halfAsked(): Promise<LogName[]> {
    return (await this.#messages.records(PREFIX)).map(([name]) => name.slice(PREFIX.length) as LogName);
  }

  /**
   * A new connection: what was not answered has to be asked for again.
   * @param isQuiet whether the server said of a log that nothing happened
   */
  begin(isQuiet: (log: LogName) => boolean = () => false): void {
    this.#isQuiet = isQuiet;
    this.#begun.clear();
    this.#asked.clear();
  }
}
