import type { ConversationId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { equalBytes } from '../../conversation/hash.js';
import type { MessageStore } from '../../store/message-store.js';

const sequence = v.pipe(v.number(), v.safeInteger(), v.minValue(-1));

const watermarkSchema = v.strictObject({
  device: schemas.deviceId,
  generation: schemas.count,
  delivered: sequence,
  read: sequence,
});

const personSchema = v.strictObject({ account: schemas.accountId, username: v.string() });

const summarySchema = v.strictObject({
  kind: v.picklist(['direct', 'group']),
  /** Of a group its name; else the other person's username. */
  name: v.string(),
  /** The other person; in a group who brought this account into it, null for who made it. */
  peer: v.nullable(personSchema),
  /** How many belong. */
  members: schemas.count,
  /** Whether this account belongs. */
  member: v.boolean(),
  /** Newest message, shortened. */
  last: v.nullable(
    v.strictObject({
      text: v.string(),
      mine: v.boolean(),
      author: personSchema,
      at: schemas.count,
      mark: v.nullable(v.picklist(['queued', 'sent', 'delivered', 'read', 'failed'])),
    }),
  ),
  unread: schemas.count,
  /** Newest activity, milliseconds since 1970. */
  at: schemas.count,
  /** How far each feed of others is stored here and read. */
  marks: v.array(watermarkSchema),
  /** Newest segment of the messages and of the receipts that this counts in, and how many of its envelopes. */
  held: v.strictObject({
    m: v.tuple([schemas.count, schemas.count]),
    r: v.tuple([schemas.count, schemas.count]),
  }),
  /** What this account's receipts said so far: nothing is said twice. */
  told: v.array(watermarkSchema),
});

/** What the conversation list needs of a conversation without opening it, and how far it is read. */
export type Summary = v.InferOutput<typeof summarySchema>;

/** What it says of the conversation itself, whatever was written in it. */
export type SummaryHead = Pick<Summary, 'kind' | 'name' | 'peer' | 'members' | 'member'>;

const PREFIX = 'summary/';

/** The summaries of all conversations, in memory as they are in the message store. */
export class Summaries {
  readonly #messages: MessageStore;
  readonly #summaries = new Map<ConversationId, Summary>();
  /** What the message store holds of each, encoded. */
  readonly #kept = new Map<ConversationId, Uint8Array>();

  private constructor(messages: MessageStore) {
    this.#messages = messages;
  }

  static async open(messages: MessageStore): Promise<Summaries> {
    const summaries = new Summaries(messages);
    for (const [key, value] of await messages.records(PREFIX)) {
      const conversation = key.slice(PREFIX.length) as ConversationId;
      summaries.#summaries.set(conversation, decodeCbor(summarySchema, value));
      summaries.#kept.set(conversation, value);
    }
    return summaries;
  }

  get(conversation: ConversationId): Summary | undefined {
    return this.#summaries.get(conversation);
  }

  all(): [ConversationId, Summary][] {
    return [...this.#summaries];
  }

  /** What the list says from now on; to be kept when what it counts is stored. */
  show(conversation: ConversationId, summary: Summary): void {
    this.#summaries.set(conversation, summary);
  }

  /** Keeps a summary; one that says nothing new costs no write. */
  async put(conversation: ConversationId, summary: Summary): Promise<void> {
    this.show(conversation, summary);
    const encoded = encodeCbor(summary);
    const kept = this.#kept.get(conversation);
    if (kept && equalBytes(kept, encoded)) return;
    await this.#messages.putRecord(`${PREFIX}${conversation}`, encoded);
    this.#kept.set(conversation, encoded);
  }
}

/** The summary of a conversation nobody wrote in yet. */
export function emptySummary(about: SummaryHead, at: number): Summary {
  return { ...about, last: null, unread: 0, at, marks: [], held: { m: [0, 0], r: [0, 0] }, told: [] };
}
