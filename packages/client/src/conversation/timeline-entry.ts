import type { AccountId, DeviceId, EventId, Position } from '@sotto/protocol';
import type { AttachmentReference } from './attachment-reference.js';
import { type Clock, compare, compareClocks, compareSpelling } from './clock.js';
import type { Event, MessageEvent } from './event.js';
import type { Feed } from './watermarks.js';

/** An event opened from an envelope at its position, its author already checked. */
export interface PlacedEntry extends Feed {
  readonly account: AccountId;
  /** Feed sequence within the log. */
  readonly seq: number;
  readonly event: Event;
  readonly position: Position;
}

/** An own event that no server has acknowledged yet. */
export interface OutboxEntry {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly event: Event;
  readonly position: 'outbox';
  readonly state: 'queued' | 'failed';
  /** Code of what failed. */
  readonly error?: string;
}

export type TimelineEntry = PlacedEntry | OutboxEntry;

export type DeliveryMark = 'queued' | 'sent' | 'delivered' | 'read' | 'failed';

/** A message as the timeline shows it. */
export interface TimelineMessage {
  /**
   * Unique in the timeline. An event id alone is not: a hostile member can write another's id into an event of his
   * own, and must neither hide nor replace the first.
   */
  readonly key: string;
  readonly id: EventId;
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly clock: Clock;
  readonly text: string;
  readonly attachments?: readonly AttachmentReference[];
  readonly mine: boolean;
  /** On own messages only. */
  readonly mark: DeliveryMark | null;
  /** Why it failed, where the mark is `failed`. */
  readonly error: string | null;
  readonly position: Position | 'outbox';
}

/** One copy of a message; the same event may have come by several positions or devices of its account. */
export type MessageCopy<E extends TimelineEntry = TimelineEntry> = E & { readonly event: MessageEvent };

export function isMessage<E extends TimelineEntry>(entry: E): entry is MessageCopy<E> {
  return entry.event.type === 'message';
}

/** An account's event: repeated ids are dropped within one account only. */
export function messageKey(entry: Pick<TimelineEntry, 'account'>, id: EventId): string {
  return `${entry.account}/${id}`;
}

/**
 * Which of several copies of one event stands: the lowest by sequence, then device. The rest makes the order total, so
 * that the same copies give the same result whatever order they came in.
 */
export function compareCopies(a: MessageCopy<PlacedEntry>, b: MessageCopy<PlacedEntry>): number {
  return (
    a.seq - b.seq ||
    compareSpelling(a.device, b.device) ||
    a.generation - b.generation ||
    compareClocks(a.event.clock, b.event.clock) ||
    compareSpelling(a.event.body.text, b.event.body.text) ||
    compareSpelling(a.position.document, b.position.document) ||
    a.position.client - b.position.client ||
    a.position.clock - b.position.clock
  );
}

/** Order of the timeline: clock, device, event id, account. */
export function compareInTimeline(a: MessageCopy, b: MessageCopy): number {
  return (
    compare(a.event.clock, b.event.clock, a.device, b.device) ||
    compareSpelling(a.event.id, b.event.id) ||
    compareSpelling(a.account, b.account)
  );
}
