import type { ConversationId, ErrorCode } from '@sotto/protocol';
import { decodeCbor, encodeCbor, isErrorCode, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { KeyStore } from '../../store/key-store.js';

const role = v.picklist(['admin', 'member']);
const account = schemas.accountId;

const wishField = v.variant('type', [
  v.strictObject({ type: v.literal('create') }),
  v.strictObject({ type: v.literal('add'), people: v.array(account) }),
  v.strictObject({ type: v.literal('remove'), account }),
  v.strictObject({ type: v.literal('leave') }),
  v.strictObject({ type: v.literal('role'), account, role }),
  v.strictObject({ type: v.literal('rename'), name: v.string() }),
  v.strictObject({ type: v.literal('past'), shared: v.boolean() }),
]);

/** What a person wants changed about a conversation. It is signed when the server is there, by the state known then. */
export type Wish = v.InferOutput<typeof wishField>;

const storedSchema = v.strictObject({
  wish: wishField,
  refused: v.nullable(
    v.pipe(
      v.string(),
      v.transform((code): ErrorCode => (isErrorCode(code) ? code : 'service/unavailable')),
    ),
  ),
});

/** A wish on its way. */
export interface QueuedWish {
  readonly id: string;
  readonly conversation: ConversationId;
  readonly wish: Wish;
  /** Why it was not carried out; null while it waits. */
  readonly refused: ErrorCode | null;
}

const PREFIX = 'wish/';

/** The wishes of this device, in memory as they are in the key store; those of one conversation in order. */
export class Wishes {
  readonly #keys: KeyStore;
  readonly #wishes = new Map<string, QueuedWish>();
  #next = 0;

  private constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  static async open(keys: KeyStore): Promise<Wishes> {
    const wishes = new Wishes(keys);
    for (const [key, value] of await keys.list(PREFIX)) {
      const [, conversation, number] = key.split('/') as [string, ConversationId, string];
      wishes.#wishes.set(key, { id: key, conversation, ...decodeCbor(storedSchema, value) });
      wishes.#next = Math.max(wishes.#next, Number(number) + 1);
    }
    return wishes;
  }

  /** Of one conversation, oldest first. */
  of(conversation: ConversationId): QueuedWish[] {
    return [...this.#wishes.values()]
      .filter((queued) => queued.conversation === conversation)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Those that wait to be carried out. */
  waiting(conversation: ConversationId): QueuedWish[] {
    return this.of(conversation).filter(({ refused }) => refused === null);
  }

  /** Conversations with something to be carried out. */
  conversations(): ConversationId[] {
    const waiting = [...this.#wishes.values()].filter(({ refused }) => refused === null);
    return [...new Set(waiting.map(({ conversation }) => conversation))];
  }

  /** Durable when it resolves. */
  async add(conversation: ConversationId, wish: Wish): Promise<void> {
    const id = `${PREFIX}${conversation}/${String(this.#next).padStart(14, '0')}`;
    this.#next += 1;
    await this.#keep({ id, conversation, wish, refused: null });
  }

  async refuse(queued: QueuedWish, refused: ErrorCode): Promise<void> {
    if (this.#wishes.has(queued.id)) await this.#keep({ ...queued, refused });
  }

  async remove(id: string): Promise<void> {
    if (!this.#wishes.has(id)) return;
    await this.#keys.write([{ key: id, value: undefined }]);
    this.#wishes.delete(id);
  }

  async #keep(queued: QueuedWish): Promise<void> {
    const { id, wish, refused } = queued;
    await this.#keys.write([{ key: id, value: encodeCbor({ wish, refused }) }]);
    this.#wishes.set(id, queued);
  }
}
