import type { ConversationId } from '@sotto/protocol';

/** How long a receipt waits for others to go with it, milliseconds. */
const RECEIPT_MS = 150;

/** Gathers what is owed to each conversation, so that one receipt tells of many messages. */
export class ReceiptTimers {
  readonly #timers = new Map<ConversationId, ReturnType<typeof setTimeout>>();
  readonly #due: (conversation: ConversationId) => void;

  constructor(due: (conversation: ConversationId) => void) {
    this.#due = due;
  }

  owe(conversation: ConversationId): void {
    if (this.#timers.has(conversation)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(conversation);
      this.#due(conversation);
    }, RECEIPT_MS);
    this.#timers.set(conversation, timer);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
