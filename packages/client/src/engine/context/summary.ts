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
  /** How many belong; 0 while nothing says that this account does. */
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

/** How long changes are gathered before they are kept, milliseconds: what a crash takes of them is read again. */
const KEEP_MS = 100;

/** The summaries of all conversations, in memory as they are in the message store a moment later. */
export class Summaries {
  readonly #messages: MessageStore;
  readonly #guard: (work: () => Promise<void>) => void;
  readonly #summaries = new Map<ConversationId, Summary>();
  /** What the message store holds of each, encoded. */
  readonly #kept = new Map<ConversationId, Uint8Array>();
  /** What is to be kept: what is only shown so far may count what is not stored yet. */
  readonly #changed = new Map<ConversationId, Summary>();
  #soon: Promise<void> | undefined;
  #keeping: Promise<void> = Promise.resolve();

  private constructor(messages: MessageStore, guard: (work: () => Promise<void>) => void) {
    this.#messages = messages;
    this.#guard = guard;
  }

  /** @param guard runs what nobody waits for, and reports its faults */
  static async open(messages: MessageStore, guard: (work: () => Promise<void>) => void): Promise<Summaries> {
    const summaries = new Summaries(messages, guard);
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

  /** Keeps a summary, soon: several that follow each other cost one write, and one that says nothing new costs none. */
  put(conversation: ConversationId, summary: Summary): void {
    this.show(conversation, summary);
    this.#changed.set(conversation, summary);
    this.#soon ??= this.#keepSoon();
  }

  /** Resolves when everything that was put so far is kept. */
  async kept(): Promise<void> {
    await (this.#soon ?? this.#keeping);
  }

  /** Keeps now what waits to be kept. What could not be kept waits on, for the next time. */
  flush(): Promise<void> {
    this.#keeping = this.#keeping.catch(() => undefined).then(() => this.#keepChanged());
    return this.#keeping;
  }

  #keepSoon(): Promise<void> {
    const soon = new Promise((due) => setTimeout(due, KEEP_MS)).then(() => {
      this.#soon = undefined;
      return this.flush();
    });
    this.#guard(() => soon);
    // Of a device that was closed meanwhile nobody hears any more.
    soon.catch(() => undefined);
    return soon;
  }

  async #keepChanged(): Promise<void> {
    const keep = async ([conversation, summary]: [ConversationId, Summary]) => {
      await this.#keep(conversation, summary);
      if (this.#changed.get(conversation) === summary) this.#changed.delete(conversation);
    };
    await Promise.all([...this.#changed].map(keep));
  }

  async #keep(conversation: ConversationId, summary: Summary): Promise<void> {
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
