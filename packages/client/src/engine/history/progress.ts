import type { ConversationId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
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

const PREFIX = 'history/';
const ARCHIVE = 'archive-read';

/** How much of each conversation's past is here, remembered beside the messages: whoever loses them loses it too. */
export class ProgressBook {
  readonly #messages: MessageStore;
  readonly #known = new Map<ConversationId, Progress>();
  #isArchiveRead = false;

  private constructor(messages: MessageStore) {
    this.#messages = messages;
  }

  static async open(messages: MessageStore): Promise<ProgressBook> {
    const book = new ProgressBook(messages);
    for (const [key, value] of await messages.records(PREFIX))
      book.#known.set(key.slice(PREFIX.length) as ConversationId, decodeCbor(progressSchema, value));
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

  async put(id: ConversationId, progress: Progress): Promise<void> {
    this.#known.set(id, progress);
    await this.#messages.putRecord(`${PREFIX}${id}`, encodeCbor(progress));
  }
}
