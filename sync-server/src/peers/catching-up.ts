import type { DocumentName, StateVector } from '@sotto/protocol';
import { joinUpdate } from '@sotto/protocol';
import type { LogStore } from '@sotto/store';
import type { Delivery } from './delivery.js';

/** A socket that may be slower than what is written for it. */
export interface Reader {
  /** Whether it takes more without keeping it waiting here. */
  readonly hasRoom: boolean;
  /** Resolves when it does, or is gone. */
  room(): Promise<void>;
  /** Whether it still wants this document and may have it. */
  wants(document: DocumentName): boolean;
  /** Sends what it missed, in feed order. */
  update(document: DocumentName, update: Uint8Array): void;
  /** Something was left for later, for the first time since it had everything. */
  behind(): void;
  /** What it missed can't be sent: it has to come back and ask (SPEC W12). */
  giveUp(error?: unknown): void;
}

export interface CatchUpBounds {
  /** One update, about. */
  readonly answerBytes: number;
  /** Feeds of which is known that they were missed from some clock on. */
  readonly missedFeeds: number;
}

/** Where in each of its feeds a document was missed from. */
interface Missed {
  readonly feeds: Map<number, number>;
  /** Something was missed since the last look into the store. */
  more: boolean;
}

/**
 * Deliveries for one socket (SPEC S13). Those that it has no room for are left where they are, in the store; a number for each
 * feed is all that is kept. Once there is room they are read and sent from there, and whatever is written to such a document
 * meanwhile goes the same way, so that every feed arrives in its order and once.
 */
export class CatchingUp {
  readonly #log: LogStore;
  readonly #reader: Reader;
  readonly #bounds: CatchUpBounds;
  readonly #missed = new Map<DocumentName, Missed>();
  #feeds = 0;
  #running = false;
  #stopped = false;

  constructor(log: LogStore, reader: Reader, bounds: CatchUpBounds) {
    this.#log = log;
    this.#reader = reader;
    this.#bounds = bounds;
  }

  /** Whether something is still to be sent from the store. */
  get isBehind(): boolean {
    return this.#running || this.#missed.size > 0;
  }

  /** Whether this delivery is not to be sent now: it will be, from the store. */
  leaves({ document, client, clock }: Delivery): boolean {
    const missed = this.#missed.get(document);
    if (!missed && this.#reader.hasRoom) return false;
    if (!this.#stopped) this.#note(missed ?? this.#begin(document), client, clock);
    return true;
  }

  /** Nobody is there any more. */
  stop(): void {
    this.#stopped = true;
    this.#missed.clear();
  }

  #begin(document: DocumentName): Missed {
    const missed = { feeds: new Map<number, number>(), more: true };
    if (this.#missed.size === 0) this.#reader.behind();
    this.#missed.set(document, missed);
    return missed;
  }

  #note(missed: Missed, client: number, clock: number): void {
    const from = missed.feeds.get(client);
    if (from === undefined) this.#feeds += 1;
    missed.feeds.set(client, Math.min(clock, from ?? clock));
    missed.more = true;
    if (this.#feeds > this.#bounds.missedFeeds) {
      this.stop();
      this.#reader.giveUp();
    } else if (!this.#running) {
      this.#running = true;
      void this.#run();
    }
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        await this.#reader.room();
        const [next] = this.#missed;
        if (!next || this.#stopped) break;
        await this.#send(...next);
      }
    } catch (error) {
      this.stop();
      this.#reader.giveUp(error);
    } finally {
      this.#running = false;
    }
  }

  /** Sends one piece of what was missed; the document is through when there is no more, and was none while looking. */
  async #send(document: DocumentName, missed: Missed): Promise<void> {
    missed.more = false;
    const piece = this.#reader.wants(document)
      ? await this.#log.read(document, await this.#have(document, missed.feeds), this.#bounds.answerBytes)
      : [];
    // It may have been taken away while the store was read.
    const wanted = !this.#stopped && this.#reader.wants(document);
    if (wanted && piece.length > 0) {
      for (const { client, clock } of piece) missed.feeds.set(client, clock + 1);
      this.#reader.update(document, joinUpdate(piece));
    } else if (!wanted || !missed.more) {
      this.#missed.delete(document);
      this.#feeds -= missed.feeds.size;
    }
  }

  /** All that is there but what was missed. What comes in between is missed too, and noted as such. */
  async #have(document: DocumentName, feeds: ReadonlyMap<number, number>): Promise<StateVector> {
    return new Map([...(await this.#log.stateVector(document)), ...feeds]);
  }
}
