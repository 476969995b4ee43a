import type { ConversationId } from '@sotto/protocol';
import { say } from '../words/say.js';
import type { Dependencies } from './dependencies.js';
import { ViewModel } from './view-model.js';

/** A draft is saved this often while it is being written: what a crash takes is a word at most. */
const SAVE_EVERY = 250;
/** Characters; the envelope has room for more, a person hardly has patience. */
export const LONGEST_MESSAGE = 10_000;

/** What is being written in one conversation. */
export class ComposerViewModel extends ViewModel {
  readonly #dependencies: Dependencies;
  readonly #conversation: ConversationId;
  #text = '';
  /** What was last saved or came from the store. */
  #saved = '';
  #restored = false;
  #problem: string | null = null;
  #cancelSave: (() => void) | null = null;
  /** Saves that the engine has not answered: until then it shows what was there before. */
  #saving = 0;

  constructor(dependencies: Dependencies, conversation: ConversationId) {
    super();
    this.#dependencies = dependencies;
    this.#conversation = conversation;
    this.track(() => this.flush());
    this.track(dependencies.platform.page.whenLeaving(() => this.flush()));
  }

  get text(): string {
    return this.#text;
  }

  get canSend(): boolean {
    return this.#text.trim() !== '' && this.#excess <= 0;
  }

  /** What stands in the way of sending, in words. */
  get problem(): string | null {
    return this.#excess > 0 ? say('composer.too-long', { count: this.#excess }) : this.#problem;
  }

  get #excess(): number {
    return this.#text.length - LONGEST_MESSAGE;
  }

  /** A draft came from the engine: taken over unless the person is ahead of it. */
  restore(draft: string): void {
    const untouched = this.#text === this.#saved && this.#saving === 0;
    if (!untouched || (this.#restored && draft === this.#saved)) return;
    this.#restored = true;
    this.#saved = draft;
    if (this.#text === draft) return;
    this.#text = draft;
    this.changed();
  }

  write(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#restored = true;
    this.#problem = null;
    this.#cancelSave ??= this.#dependencies.platform.clock.after(SAVE_EVERY, () => this.flush());
    this.changed();
  }

  /** Queues the text and empties the composer at once; what could not be kept comes back into it. */
  async send(): Promise<boolean> {
    if (!this.canSend) return false;
    const text = this.#text.trim();
    const conversation = this.#conversation;
    this.write('');
    // Asked for first: should everything end here, the draft is still there.
    const sent = this.#dependencies.engine.calls.send({ conversation, text });
    this.flush();
    try {
      await sent;
      return true;
    } catch {
      this.write(this.#text ? `${text}\n${this.#text}` : text);
      this.#problem = say('composer.not-kept');
      this.changed();
      return false;
    }
  }

  /** Saves the draft now. */
  flush(): void {
    this.#cancelSave?.();
    this.#cancelSave = null;
    if (this.#text === this.#saved) return;
    this.#saved = this.#text;
    const draft = { conversation: this.#conversation, text: this.#text };
    // A draft that could not be saved is still on screen, and the next letter tries again.
    this.#saving += 1;
    this.#dependencies.engine.calls
      .saveDraft(draft)
      .catch(() => (this.#saved = '\0'))
      .finally(() => (this.#saving -= 1));
  }
}
