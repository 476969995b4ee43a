import type { DocumentName, LogName } from '@sotto/protocol';
import { parseDocumentName } from '@sotto/protocol';

/** Which segments of a log hold anything, for logs that were asked for once: what is not among them need not be read. */
export class SegmentIndex {
  readonly #read: (log: LogName) => Promise<Iterable<number>>;
  readonly #held = new Map<LogName, Promise<Set<number>>>();

  /** @param read looks a log's segments up */
  constructor(read: (log: LogName) => Promise<Iterable<number>>) {
    this.#read = read;
  }

  /** Ascending. */
  async of(log: LogName): Promise<number[]> {
    let held = this.#held.get(log);
    if (!held) {
      held = this.#read(log).then((segments) => new Set(segments));
      this.#held.set(log, held);
      held.catch(() => this.#held.delete(log));
    }
    return [...(await held)].sort((a, b) => a - b);
  }

  /** Whether anything of a document may be stored: of a log that nobody asked for it may. */
  async mayHold(name: DocumentName): Promise<boolean> {
    const { log, document } = parseDocumentName(name);
    return (await this.#held.get(log))?.has(document.segment) ?? true;
  }

  /** Something of these documents is stored now. */
  async stored(names: ReadonlySet<DocumentName>): Promise<void> {
    for (const name of names) {
      const { log, document } = parseDocumentName(name);
      (await this.#held.get(log))?.add(document.segment);
    }
  }

  /** Nobody knows what was stored and what was not. */
  forget(): void {
    this.#held.clear();
  }
}
