import type { AccountId, ConversationId, DocumentName, LogName } from '@sotto/protocol';
import { documentName, logName } from '@sotto/protocol';
import { aesGcmOpen, aesGcmSeal, importAesGcmKey } from '../../crypto/aes-gcm.js';
import type { MessageStore } from '../../store/message-store.js';
import type { Fresh } from '../../sync/incoming.js';
import type { PlacedPost, Posts } from '../../sync/posts.js';
import { AccountState, type Standing } from './account-state.js';

export const ACCOUNT_POST = 'account';
const label = new TextEncoder().encode('Sotto account log v1');
/** In place of an element that did not open. */
const UNREADABLE = new Uint8Array();

/** The sealed account log: its settings on every device of the account, changes of this one on their way out. */
export class AccountLog {
  readonly log: LogName;
  readonly #key: CryptoKey;
  readonly #messages: MessageStore;
  readonly #posts: Posts;
  readonly #state = new AccountState();

  private constructor(log: LogName, key: CryptoKey, messages: MessageStore, posts: Posts) {
    this.log = log;
    this.#key = key;
    this.#messages = messages;
    this.#posts = posts;
  }

  /** @param secret 32 bytes from the vault */
  static async open(
    account: AccountId,
    secret: Uint8Array,
    messages: MessageStore,
    posts: Posts,
  ): Promise<AccountLog> {
    const log = logName('a', account);
    const opened = new AccountLog(log, await importAesGcmKey(secret), messages, posts);
    for (const segment of await messages.segments(log)) {
      const stored = await messages.segment(documentName(log, segment));
      for (const { content } of stored) if (content.length > 0) opened.#state.apply(content);
    }
    for (const post of posts.of(log)) opened.#state.apply(await opened.#open(post.envelope));
    return opened;
  }

  standing(whom: AccountId | ConversationId): Standing | undefined {
    return this.#state.standing(whom);
  }

  /** Durable on this device when it resolves; on the others when they hear of it. */
  async setStanding(whom: AccountId | ConversationId, standing: Standing): Promise<void> {
    const update = this.#state.setStanding(whom, standing);
    if (update) await this.#posts.add(this.log, ACCOUNT_POST, await this.#seal(update));
  }

  /** Takes in what the log brought, from other devices and back from this one. */
  async take(document: DocumentName, fresh: Fresh): Promise<void> {
    for (const run of fresh.runs) {
      const contents = await Promise.all(run.envelopes.map((envelope) => this.#tryOpen(envelope)));
      const stored = contents.map((content, index) => ({
        document,
        client: run.client,
        clock: run.clock + index,
        content: content.length > 0 && this.#state.apply(content) ? content : UNREADABLE,
      }));
      await this.#messages.put(stored);
    }
  }

  /** Keeps a change of this device that the log has taken: the server does not send it back. */
  async keepOwn({ placed, envelope }: PlacedPost): Promise<void> {
    await this.#messages.put([{ ...placed, content: await this.#open(envelope) }]);
  }

  #seal(update: Uint8Array): Promise<Uint8Array> {
    return aesGcmSeal(this.#key, update, label);
  }

  #open(envelope: Uint8Array): Promise<Uint8Array> {
    return aesGcmOpen(this.#key, envelope, label);
  }

  async #tryOpen(envelope: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.#open(envelope);
    } catch {
      // Not sealed with the account's key: nothing a device of ours wrote.
      return UNREADABLE;
    }
  }
}
