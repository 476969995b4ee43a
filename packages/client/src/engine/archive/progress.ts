import type { ConversationId, Position } from '@sotto/protocol';
import { decodeCbor, encodeCbor, parseDocumentName, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { MessageStore } from '../../store/message-store.js';

const progressSchema = v.variant('state', [
  /** Known by the archive alone: nothing of it was read. */
  v.strictObject({ state: v.literal('new') }),
  /** The newest segment is here; older ones from this one down are still to come. */
  v.strictObject({ state: v.literal('begun'), next: schemas.count }),
  v.strictObject({ state: v.literal('complete') }),
]);

/** How much of a conversation's past is on this device. */
export type Progress = v.InferOutput<typeof progressSchema>;

/** How far a message log reached when this device first read it: its newest segment, and how many envelopes of each client were in that. */
const reachSchema = v.strictObject({
  segment: schemas.count,
  clients: v.array(v.tuple([schemas.count, schemas.count])),
});
type Reach = v.InferOutput<typeof reachSchema>;

const PREFIX = 'history/';
const REACH = 'past/';
const ARCHIVE = 'archive-read';

/** How much of each conversation's past is here, remembered beside the messages: whoever loses them loses it too. */
export class ProgressBook {
  readonly #messages: MessageStore;
  readonly #known = new Map<ConversationId, Progress>();
  readonly #reach = new Map<ConversationId, Reach>();
  #isArchiveRead = false;

  private constructor(messages: MessageStore) {
    this.#messages = messages;
  }

  static async open(messages: MessageStore): Promise<ProgressBook> {
    const book = new ProgressBook(messages);
    for (const [key, value] of await messages.records(PREFIX))
      book.#known.set(key.slice(PREFIX.length) as ConversationId, decodeCbor(progressSchema, value));
    for (const [key, value] of await messages.records(REACH))
      book.#reach.set(key.slice(REACH.length) as ConversationId, decodeCbor(reachSchema, value));
    book.#isArchiveRead = (await messages.record(ARCHIVE)) !== undefined;
    return book;
  }

  /** Undefined of a conversation that this device heard of as it began. */
  of(id: ConversationId): Progress | undefined {
    return this.#known.get(id);
  }

  /** Whether the archive was read to its end once: before, nothing is known of what there is. */
  get isArchiveRead(): boolean {
    return this.#isArchiveRead;
  }

  async archiveRead(): Promise<void> {
    if (this.#isArchiveRead) return;
    this.#isArchiveRead = true;
    await this.#messages.putRecord(ARCHIVE, Uint8Array.of(1));
  }

  /** Whether its message log was read here before. */
  hasReached(id: ConversationId): boolean {
    return this.#reach.has(id);
  }

  /** Remembers how far a message log reached when this device first read it. */
  async reached(id: ConversationId, segment: number, vector: ReadonlyMap<number, number>): Promise<void> {
    if (this.#reach.has(id)) return;
    const reach = { segment, clients: [...vector].map(([client, next]): [number, number] => [client, next]) };
    this.#reach.set(id, reach);
    await this.#messages.putRecord(`${REACH}${id}`, encodeCbor(reach));
  }

  /** Whether an envelope was in its message log before this device read that. */
  isPast(id: ConversationId, { document, client, clock }: Position): boolean {
    const reach = this.#reach.get(id);
    if (!reach) return false;
    const { segment } = parseDocumentName(document).document;
    if (segment !== reach.segment) return segment < reach.segment;
    return reach.clients.some(([known, next]) => known === client && clock < next);
  }

  async put(id: ConversationId, progress: Progress): Promise<void> {
    this.#known.set(id, progress);
    await this.#messages.putRecord(`${PREFIX}${id}`, encodeCbor(progress));
  }
}
