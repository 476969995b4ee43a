import type { ConversationId, DocumentName, ErrorCode, EventId } from '@sotto/protocol';
import {
  decodeCbor,
  encodeCbor,
  isErrorCode,
  ProtocolError,
  parseDocumentName,
  schemas,
} from '@sotto/protocol';
import * as v from 'valibot';
import type { KeyStore, KeyWrite } from '../store/key-store.js';

/** What is decided when an event is frozen: sent in exactly this form until acknowledged or refused as stale. */
export interface Frozen {
  readonly document: DocumentName;
  readonly client: number;
  readonly clock: number;
  /** State counter that it was sealed under. */
  readonly counter: number;
  readonly epoch: number;
  readonly iteration: number;
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly envelope: Uint8Array;
}

/** An event on its way out. */
export interface OutboxEntry {
  /** Place in the queue, rising for ever. */
  readonly order: number;
  readonly conversation: ConversationId;
  readonly log: 'm' | 'r';
  readonly event: EventId;
  /** The encoded event. */
  readonly bytes: Uint8Array;
  readonly frozen: Frozen | null;
  /** Refused for good, and why. */
  readonly failed: ErrorCode | null;
}

const documentSchema = v.pipe(
  v.string(),
  v.transform((text) => parseDocumentName(text).name),
);

const entrySchema = v.strictObject({
  order: schemas.count,
  conversation: schemas.conversationId,
  log: v.picklist(['m', 'r']),
  event: schemas.eventId,
  bytes: v.instance(Uint8Array),
  frozen: v.nullable(
    v.strictObject({
      document: documentSchema,
      client: schemas.count,
      clock: schemas.count,
      counter: schemas.count,
      epoch: schemas.count,
      iteration: schemas.count,
      seq: schemas.count,
      prev: schemas.bytesOf(16),
      envelope: v.instance(Uint8Array),
    }),
  ),
  failed: v.nullable(
    v.pipe(
      v.string(),
      v.transform((code): ErrorCode => (isErrorCode(code) ? code : 'service/unavailable')),
    ),
  ),
});

const PREFIX = 'out/';
const key = (order: number): string => `${PREFIX}${String(order).padStart(14, '0')}`;

/** The changes that take every frozen event back, for another writer session to seal. */
export async function thawedOutbox(keys: KeyStore): Promise<KeyWrite[]> {
  const entries = (await keys.list(PREFIX)).map(([, value]) => decodeCbor(entrySchema, value));
  return entries
    .filter(({ frozen }) => frozen)
    .map((entry) => ({ key: key(entry.order), value: encodeCbor({ ...entry, frozen: null }) }));
}

/** The queue of own events, in memory as it is in the key store. */
export class Outbox {
  readonly #keys: KeyStore;
  readonly #changed: () => void;
  readonly #entries = new Map<number, OutboxEntry>();
  #next = 0;

  private constructor(keys: KeyStore, changed: () => void) {
    this.#keys = keys;
    this.#changed = changed;
  }

  /** @param changed called when something was added, changed or has left; must not throw */
  static async open(keys: KeyStore, changed: () => void): Promise<Outbox> {
    const outbox = new Outbox(keys, changed);
    for (const [, value] of await keys.list(PREFIX)) {
      const entry = decodeCbor(entrySchema, value);
      outbox.#entries.set(entry.order, entry);
      outbox.#next = entry.order + 1;
    }
    return outbox;
  }

  /** Own messages that wait, receipts left out. */
  get waiting(): number {
    let waiting = 0;
    for (const entry of this.#entries.values()) if (entry.log === 'm' && !entry.failed) waiting += 1;
    return waiting;
  }

  /** Everything of one conversation, oldest first. */
  of(conversation: ConversationId): OutboxEntry[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.conversation === conversation)
      .sort((a, b) => a.order - b.order);
  }

  conversations(): ConversationId[] {
    return [...new Set([...this.#entries.values()].map((entry) => entry.conversation))];
  }

  /** Queues an event, together with `others`; durable when this resolves. */
  async add(
    event: Pick<OutboxEntry, 'conversation' | 'log' | 'event' | 'bytes'>,
    others: readonly KeyWrite[] = [],
  ): Promise<OutboxEntry> {
    const entry: OutboxEntry = { ...event, order: this.#next, frozen: null, failed: null };
    this.#next += 1;
    await this.replace([entry], others);
    return entry;
  }

  /**
   * Changes entries, together with `others`, in one write. What is asked for at once happens in the order it was asked
   * for, in memory as in the key store.
   * @throws ProtocolError `service/unavailable` when one that is being frozen has left or changed meanwhile: nothing is
   * written then
   */
  async replace(entries: readonly OutboxEntry[], others: readonly KeyWrite[] = []): Promise<void> {
    for (const { order, frozen } of entries) {
      const now = this.#entries.get(order);
      if (frozen && (!now || now.frozen || now.failed)) throw new ProtocolError('service/unavailable');
    }
    const writes = entries.map((entry) => ({ key: key(entry.order), value: encodeCbor(entry) }));
    const changes = entries.map((entry) => ({ order: entry.order, entry }));
    await this.#change(changes, [...writes, ...others]);
  }

  /**
   * Forgets entries whose events are kept elsewhere now, or were given up. One that has been frozen since it was looked
   * at stays: its place in a feed is taken.
   * @param others changes made in the same write
   * @returns whether anything was forgotten; else nothing was written
   */
  async remove(entries: readonly OutboxEntry[], others: readonly KeyWrite[] = []): Promise<boolean> {
    const leaving = entries.filter(({ order, frozen }) => {
      const now = this.#entries.get(order);
      return now && (frozen || !now.frozen);
    });
    if (leaving.length === 0) return false;
    const writes = leaving.map(({ order }) => ({ key: key(order), value: undefined }));
    await this.#change(
      leaving.map(({ order }) => ({ order, entry: undefined })),
      [...writes, ...others],
    );
    return true;
  }

  /** At once in memory, where it is undone if the write fails and nothing else has changed it since. */
  async #change(
    changes: readonly { readonly order: number; readonly entry: OutboxEntry | undefined }[],
    writes: readonly KeyWrite[],
  ): Promise<void> {
    const before = new Map(changes.map(({ order }) => [order, this.#entries.get(order)]));
    for (const { order, entry } of changes) this.#put(order, entry);
    try {
      await this.#keys.write(writes);
    } catch (error) {
      for (const { order, entry } of changes)
        if (this.#entries.get(order) === entry) this.#put(order, before.get(order));
      throw error;
    }
    this.#changed();
  }

  #put(order: number, entry: OutboxEntry | undefined): void {
    if (entry) this.#entries.set(order, entry);
    else this.#entries.delete(order);
  }
}
