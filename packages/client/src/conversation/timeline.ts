import type { AccountId, EventId } from '@sotto/protocol';
import { type Clock, compare, compareClocks } from './clock.js';
import type { ReadMark } from './read-mark.js';
import {
  compareCopies,
  compareInTimeline,
  type DeliveryMark,
  isMessage,
  type MessageCopy,
  messageKey,
  type OutboxEntry,
  type PlacedEntry,
  type TimelineEntry,
  type TimelineMessage,
} from './timeline-entry.js';
import { type Watermark, Watermarks } from './watermarks.js';

/** Another member: messages from before `since` are not for them. */
export interface Reader {
  readonly account: AccountId;
  readonly since?: Clock;
}

/** All that is known of one event. The standing copy decides where and how it shows. */
interface Message {
  readonly key: string;
  standing: MessageCopy;
  readonly placed: MessageCopy<PlacedEntry>[];
  outbox: MessageCopy<OutboxEntry> | undefined;
}

/**
 * The fold of a conversation's opened events into what people see. Pure and incremental: entries may come in any order
 * and repeatedly; the same entries give the same timeline. The only exception is the outbox, whose latest word counts
 * until the event is placed.
 */
export class Timeline {
  readonly #self: AccountId;
  #others: readonly Reader[];
  /** Whoever wrote something that is here. */
  readonly #authors = new Set<AccountId>();
  readonly #messages = new Map<string, Message>();
  /** Ascending. */
  readonly #sorted: Message[] = [];
  readonly #watermarks = new Map<AccountId, Watermarks>();

  /** @param input.others the other members: a message is delivered or read once each of them has it on any device */
  constructor(input: { self: AccountId; others: readonly AccountId[] }) {
    this.#self = input.self;
    this.#others = input.others.map((account) => ({ account }));
  }

  /** The other members changed. */
  setOthers(others: readonly Reader[]): void {
    this.#others = others;
  }

  /** How many messages there are. */
  get size(): number {
    return this.#sorted.length;
  }

  /**
   * Takes in one event. Types without a meaning here change nothing.
   * @returns whether anything that can be seen may have changed
   */
  add(entry: TimelineEntry): boolean {
    if (entry.event.type === 'receipt' && entry.position !== 'outbox')
      return this.raise(entry.account, entry.event.body.watermarks);
    return isMessage(entry) && this.#message(entry);
  }

  /**
   * Takes in how far an account has come in the feeds of others: from a receipt, or from what this device read and has
   * not said.
   * @returns whether anything rose
   */
  raise(account: AccountId, watermarks: readonly Watermark[]): boolean {
    let known = this.#watermarks.get(account);
    if (!known) {
      known = new Watermarks();
      this.#watermarks.set(account, known);
    }
    let rose = false;
    for (const mark of watermarks) rose = known.raise(mark) || rose;
    return rose;
  }

  /** Every placed copy of the message with this key and of those before it; none if there is no such message. */
  upTo(key: string): PlacedEntry[] {
    const message = this.#messages.get(key);
    if (!message) return [];
    return this.#sorted.slice(0, this.#place(message) + 1).flatMap(({ placed }) => placed);
  }

  /**
   * Forgets an own event that never left.
   * @returns whether it was there
   */
  discard(id: EventId): boolean {
    const message = this.#messages.get(messageKey({ account: this.#self }, id));
    if (!message?.outbox) return false;
    message.outbox = undefined;
    this.#settle(message);
    return true;
  }

  /**
   * Takes out copies that are not to be seen any more.
   * @returns those taken out
   */
  withdraw(isGone: (entry: PlacedEntry) => boolean): PlacedEntry[] {
    const gone: PlacedEntry[] = [];
    for (const message of [...this.#sorted]) {
      const copies = message.placed.filter(isGone);
      if (copies.length === 0) continue;
      gone.push(...copies);
      const staying = message.placed.filter((copy) => !copies.includes(copy));
      message.placed.splice(0, message.placed.length, ...staying);
      this.#settle(message);
    }
    return gone;
  }

  /** The newest `count` messages, oldest first. */
  newest(count: number): TimelineMessage[] {
    return this.#view(this.#sorted.length - count, this.#sorted.length);
  }

  /** Up to `count` messages before the one with this key, oldest first; none if there is no such message. */
  before(key: string, count: number): TimelineMessage[] {
    const message = this.#messages.get(key);
    if (!message) return [];
    const end = this.#place(message);
    return this.#view(end - count, end);
  }

  /** The message with this event id; an own one, should several accounts have used it. */
  find(id: EventId): TimelineMessage | undefined {
    for (const account of [this.#self, ...this.#authors]) {
      const message = this.#messages.get(messageKey({ account }, id));
      if (message) return this.#show(message);
    }
    return undefined;
  }

  /** How many messages of others are after the mark and in no receipt of an own device as read. */
  unread(mark?: ReadMark): number {
    return this.#unread(mark).length;
  }

  firstUnread(mark?: ReadMark): TimelineMessage | undefined {
    const message = this.#unread(mark)[0];
    return message && this.#show(message);
  }

  #message(copy: MessageCopy): boolean {
    const key = messageKey(copy, copy.event.id);
    let message = this.#messages.get(key);
    if (!message) {
      message = { key, standing: copy, placed: [], outbox: undefined };
      this.#messages.set(key, message);
      this.#authors.add(copy.account);
      this.#sorted.splice(this.#place(message), 0, message);
    }
    if (copy.position === 'outbox') message.outbox = copy as MessageCopy<OutboxEntry>;
    else if (!insertCopy(message.placed, copy as MessageCopy<PlacedEntry>)) return false;
    this.#settle(message);
    return true;
  }

  /** Puts the message where its standing copy now belongs. */
  #settle(message: Message): void {
    this.#sorted.splice(this.#place(message), 1);
    const standing = message.placed[0] ?? message.outbox;
    if (!standing) {
      this.#messages.delete(message.key);
      return;
    }
    message.standing = standing;
    this.#sorted.splice(this.#place(message), 0, message);
  }

  /** Index of the first message that is not before this one. */
  #place(message: Message): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareInTimeline(this.#sorted[middle]!.standing, message.standing) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #unread(mark: ReadMark | undefined): Message[] {
    const found: Message[] = [];
    for (let index = this.#sorted.length - 1; index >= 0; index -= 1) {
      const message = this.#sorted[index]!;
      const { standing } = message;
      if (mark && compare(standing.event.clock, mark.clock, standing.device, mark.device) <= 0) break;
      if (standing.account !== this.#self && !this.#reached(this.#self, message, 'read')) found.push(message);
    }
    return found.reverse();
  }

  #view(from: number, to: number): TimelineMessage[] {
    return this.#sorted.slice(Math.max(0, from), to).map((message) => this.#show(message));
  }

  #show(message: Message): TimelineMessage {
    const { standing } = message;
    const mine = standing.account === this.#self;
    const mark = mine ? this.#mark(message) : null;
    return {
      key: message.key,
      id: standing.event.id,
      account: standing.account,
      device: standing.device,
      clock: standing.event.clock,
      ...standing.event.body,
      mine,
      mark,
      error: mark === 'failed' ? (message.outbox?.error ?? null) : null,
      position: standing.position,
    };
  }

  #mark(message: Message): DeliveryMark {
    if (message.placed.length === 0) return message.outbox?.state ?? 'queued';
    const { clock } = message.standing.event;
    const readers = this.#others.filter(({ since }) => !since || compareClocks(since, clock) <= 0);
    const all = (level: 'read' | 'delivered') =>
      readers.length > 0 && readers.every(({ account }) => this.#reached(account, message, level));
    return all('read') ? 'read' : all('delivered') ? 'delivered' : 'sent';
  }

  /** Whether some device of the account has said so of some copy. */
  #reached(account: AccountId, message: Message, level: 'read' | 'delivered'): boolean {
    const marks = this.#watermarks.get(account);
    return marks !== undefined && message.placed.some((copy) => marks[level](copy) >= copy.seq);
  }
}

/** @returns false when the very same copy is there already */
function insertCopy(copies: MessageCopy<PlacedEntry>[], copy: MessageCopy<PlacedEntry>): boolean {
  const at = copies.findIndex((other) => compareCopies(other, copy) >= 0);
  if (at >= 0 && compareCopies(copies[at]!, copy) === 0) return false;
  copies.splice(at < 0 ? copies.length : at, 0, copy);
  return true;
}
