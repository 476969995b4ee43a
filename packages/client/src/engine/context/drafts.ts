import { type ConversationId, decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { MessageStore } from '../../store/message-store.js';

const PREFIX = 'draft/';

const draftSchema = v.strictObject({
  text: v.string(),
  /** When it was written, milliseconds since 1970. */
  at: schemas.count,
});

type Draft = v.InferOutput<typeof draftSchema>;

/** Texts begun and not sent, by conversation. They stay on this device. */
export class Drafts {
  readonly #messages: MessageStore;
  readonly #drafts = new Map<ConversationId, Draft>();

  private constructor(messages: MessageStore) {
    this.#messages = messages;
  }

  static async open(messages: MessageStore): Promise<Drafts> {
    const drafts = new Drafts(messages);
    for (const [key, value] of await messages.records(PREFIX))
      drafts.#drafts.set(key.slice(PREFIX.length) as ConversationId, decodeCbor(draftSchema, value));
    return drafts;
  }

  /**
   * The draft of a conversation, empty for none. The message store may lose the last that it was told, that a draft is
   * gone among it: what was said since in the same words is none.
   * @param said this account's newest message there, if it is known; `at` in milliseconds since 1970
   */
  of(conversation: ConversationId, said?: Draft | null): string {
    const draft = this.#drafts.get(conversation);
    if (!draft || (said && said.at >= draft.at && said.text === draft.text.trim())) return '';
    return draft.text;
  }

  /** @param at now, milliseconds since 1970 */
  async save(conversation: ConversationId, text: string, at: number): Promise<void> {
    const key = `${PREFIX}${conversation}`;
    if (text === '') {
      this.#drafts.delete(conversation);
      await this.#messages.removeRecord(key);
    } else {
      const draft = { text, at };
      this.#drafts.set(conversation, draft);
      await this.#messages.putRecord(key, encodeCbor(draft));
    }
  }
}
