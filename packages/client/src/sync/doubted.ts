import { type DocumentName, decodeCbor, encodeCbor, type Position, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { MessageStore } from '../store/message-store.js';

/** Lowest doubted clock of each feed, by client id. */
type Feeds = Map<number, number>;

interface Doubt {
  readonly feeds: Feeds;
  /** How often it was asked for again. */
  tries: number;
  /** When it may be asked for the next time, milliseconds since 1970. */
  due: number;
}

const PREFIX = 'doubted/';
const schema = v.strictObject({
  v: v.literal(1),
  tries: schemas.count,
  due: schemas.count,
  feeds: v.array(v.strictTuple([schemas.count, schemas.count])),
});
/** Before the next try, milliseconds: what a member wrote badly stays so, and costs next to nothing. */
const WAITS_MS = [0, 10_000, 60_000, 600_000, 3_600_000, 86_400_000] as const;
/** Whoever spoils more than this gains nothing by it. */
const MAX_DOCUMENTS = 1_024;

/**
 * Envelopes that made no sense as they came. Whether their author wrote them so or the server changed them can't be told, so
 * they are asked for again, ever more rarely: what a server spoiled heals once it hands out what it was given.
 */
export class Doubted {
  readonly #messages: MessageStore;
  #doubts: Map<DocumentName, Doubt> | undefined;
  /** Feeds that were asked for again, and have not been answered. */
  readonly #asked = new Map<DocumentName, Set<number>>();

  constructor(messages: MessageStore) {
    this.#messages = messages;
  }

  /** These made no sense. */
  async add(positions: readonly Position[]): Promise<void> {
    if (positions.length === 0) return;
    const doubts = await this.#load();
    const touched = new Set<DocumentName>();
    for (const { document, client, clock } of positions) {
      const doubt = doubts.get(document) ?? { feeds: new Map(), tries: 0, due: 0 };
      if (!doubts.has(document) && doubts.size >= MAX_DOCUMENTS) continue;
      doubts.set(document, doubt);
      this.#asked.get(document)?.delete(client);
      const before = doubt.feeds.get(client);
      if (before !== undefined && before <= clock) continue;
      doubt.feeds.set(client, clock);
      touched.add(document);
    }
    for (const document of touched) await this.#keep(document, doubts.get(document)!);
  }

  /** What may be asked for again now. To be called once a connection. */
  async again(now: number): Promise<[DocumentName, ReadonlyMap<number, number>][]> {
    const doubts = await this.#load();
    this.#asked.clear();
    const due = [...doubts].filter(([, doubt]) => doubt.due <= now);
    for (const [document, doubt] of due) {
      doubt.tries = Math.min(doubt.tries + 1, WAITS_MS.length - 1);
      doubt.due = now + WAITS_MS[doubt.tries]!;
      this.#asked.set(document, new Set(doubt.feeds.keys()));
      await this.#keep(document, doubt);
    }
    return due.map(([document, { feeds }]) => [document, new Map(feeds)]);
  }

  /** Whether this feed was asked for again: what comes may stand in place of what is stored. */
  isAsked(document: DocumentName, client: number): boolean {
    return this.#asked.get(document)?.has(client) ?? false;
  }

  /** The feed came again and made sense, unless it was {@link add}ed meanwhile. */
  async settle(document: DocumentName, client: number): Promise<void> {
    if (!this.#asked.get(document)?.delete(client)) return;
    const doubt = this.#doubts?.get(document);
    if (!doubt?.feeds.delete(client)) return;
    if (doubt.feeds.size > 0) return this.#keep(document, doubt);
    this.#doubts!.delete(document);
    await this.#messages.removeRecord(PREFIX + document);
  }

  async #load(): Promise<Map<DocumentName, Doubt>> {
    if (this.#doubts) return this.#doubts;
    const records = await this.#messages.records(PREFIX);
    this.#doubts ??= new Map(
      records.map(([key, value]) => {
        const { tries, due, feeds } = decodeCbor(schema, value);
        return [key.slice(PREFIX.length) as DocumentName, { tries, due, feeds: new Map(feeds) }];
      }),
    );
    return this.#doubts;
  }

  #keep(document: DocumentName, { feeds, tries, due }: Doubt): Promise<void> {
    return this.#messages.putRecord(PREFIX + document, encodeCbor({ v: 1, tries, due, feeds: [...feeds] }));
  }
}
