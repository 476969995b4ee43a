import type { ConversationId } from '@sotto/protocol';
import type { MessageStore } from '../../store/message-store.js';

const PREFIX = 'draft/';

/** Texts begun and not sent, by conversation. They stay on this device. */
export class Drafts {
  readonly #messages: MessageStore;
  readonly #texts = new Map<ConversationId, string>();

  private constructor(messages: MessageStore) {
    this.#messages = messages;
  }

  static async open(messages: MessageStore): Promise<Drafts> {
    const drafts = new Drafts(messages);
    for (const [key, value] of await messages.records(PREFIX))
      drafts.#texts.set(key.slice(PREFIX.length) as ConversationId, new TextDecoder().decode(value));
    return drafts;
  }

  of(conversation: ConversationId): string {
    return this.#texts.get(conversation) ?? '';
  }

  async save(conversation: ConversationId, text: string): Promise<void> {
    const key = `${PREFIX}${conversation}`;
    if (text === '') {
      this.#texts.delete(conversation);
      await this.#messages.removeRecord(key);
    } else {
      this.#texts.set(conversation, text);
      await this.#messages.putRecord(key, new TextEncoder().encode(text));
    }
  }
}
