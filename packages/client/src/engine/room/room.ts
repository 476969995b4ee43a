import type { AccountId, ConversationId, DocumentName } from '@sotto/protocol';
import { documentName, logName, parseDocumentName } from '@sotto/protocol';
import { decodeEvent } from '../../conversation/event.js';
import { Timeline } from '../../conversation/timeline.js';
import type { TimelineMessage } from '../../conversation/timeline-entry.js';
import { type Watermark, Watermarks } from '../../conversation/watermarks.js';
import { envelopesIn } from '../../sync/incoming.js';
import type { OutboxEntry } from '../../sync/outbox.js';
import type { DeviceContext } from '../context/device-context.js';
import { Serial } from '../context/serial.js';
import { emptySummary, type Summary } from '../context/summary.js';
import { LogReader, type Read } from './log-reader.js';
import { RoomChains } from './room-chains.js';
import { decodeFacts, FACTS_PREFIX, factsWrite, type RoomFacts, withKeyInUse } from './room-facts.js';
import { RoomState } from './room-state.js';

/** Messages shown at first, and how many more each time. */
export const FIRST_WINDOW = 10;
export const WINDOW_STEP = 40;
/** Segments read back at most to find where reading stopped. */
const UNREAD_SEGMENTS = 4;

/** What happened in a room, for whoever owns it. */
export interface RoomEvents {
  /** Something to be seen changed. */
  changed(room: Room): void;
  /** Messages of others came. */
  heard(room: Room): void;
  /** State or keys changed: what waits may go on. */
  unblocked(room: Room): void;
}

/** One conversation on an open device: its state, chains, logs and timeline. */
export class Room {
  readonly id: ConversationId;
  readonly peer: AccountId;
  readonly state: RoomState;
  readonly chains: RoomChains;
  readonly log: LogReader;
  readonly receipts: LogReader;
  readonly timeline: Timeline;
  /** What was stored here and read here of the feeds of others. */
  readonly marks = new Watermarks();
  facts: RoomFacts | undefined;
  /** The server's state counter; 0 until the conversation exists there. */
  counter = 0;
  /** False once the server has said that this account does not belong. */
  member = true;
  window = FIRST_WINDOW;
  /** Lowest message segment that is in the timeline. */
  lowest: number | undefined;
  waiting: Read['waiting'] = [];
  readonly #context: DeviceContext;
  readonly #events: RoomEvents;
  readonly #serial = new Serial();
  #heard = false;

  private constructor(
    context: DeviceContext,
    events: RoomEvents,
    id: ConversationId,
    peer: AccountId,
    facts: RoomFacts | undefined,
    state: RoomState,
    chains: RoomChains,
  ) {
    this.id = id;
    this.peer = peer;
    this.facts = facts;
    this.state = state;
    this.chains = chains;
    this.#context = context;
    this.#events = events;
    const { self, messages, summaries } = context;
    this.log = new LogReader(logName('m', id), self, messages, chains);
    this.receipts = new LogReader(logName('r', id), self, messages, chains);
    this.timeline = new Timeline({ self: self.account, others: [peer] });
    for (const mark of summaries.get(id)?.marks ?? []) this.#raise(mark);
    for (const entry of context.outbox.of(id)) this.#showQueued(entry);
  }

  static async load(
    context: DeviceContext,
    events: RoomEvents,
    id: ConversationId,
    peer: AccountId,
  ): Promise<Room> {
    const value = await context.keys.get(`${FACTS_PREFIX}${id}`);
    const facts = value && decodeFacts(value);
    const chains = await RoomChains.load(context.keys, id);
    const state = await RoomState.load(id, facts, context.messages, context.people);
    return new Room(context, events, id, peer, facts, state, chains);
  }

  get summary(): Summary | undefined {
    return this.#context.summaries.get(this.id);
  }

  /** Runs `task` after everything else that reads or changes this room. */
  alone<T>(task: () => Promise<T>): Promise<T> {
    return this.#serial.run(task);
  }

  /** Takes in what the server brought for one of the three logs. */
  take(document: DocumentName, update: Uint8Array): Promise<{ gap: boolean }> {
    return this.alone(async () => {
      const { log } = parseDocumentName(document).document;
      const fresh = await this.#context.incoming.fresh(document, update);
      if (fresh.runs.length === 0) return { gap: fresh.gap };
      if (log.kind === 's') {
        if (!(await this.state.take(document, fresh, this.facts))) return { gap: false };
        this.#stored(document, fresh.runs);
        await this.#keepKeyInUse();
        this.#events.unblocked(this);
        return { gap: fresh.gap };
      }
      const reader = log.kind === 'm' ? this.log : this.receipts;
      await this.#show(await reader.load(parseDocumentName(document).document.segment));
      const read = await reader.take(document, fresh);
      this.#stored(
        document,
        fresh.runs.filter((run) => reader.owns(document, run.client)),
      );
      await this.#show(read);
      await this.settle();
      return { gap: fresh.gap };
    });
  }

  /** The newest segments are in the timeline: enough for the window, and back to where reading stopped. */
  open(): Promise<void> {
    return this.alone(async () => {
      await this.#loadReceipts();
      await this.#loadNewest();
      await this.#fillWindow();
      await this.settle();
    });
  }

  /** Shows more. @returns a segment to ask the server for, when this device does not hold what comes before */
  older(): Promise<DocumentName | undefined> {
    return this.alone(async () => {
      this.window += WINDOW_STEP;
      const missing = await this.#fillWindow();
      await this.settle();
      return missing;
    });
  }

  /** What was missing for the window has come. */
  refill(): Promise<void> {
    return this.alone(async () => {
      await this.#fillWindow();
      await this.settle();
    });
  }

  /** Whether there is something before the window. */
  hasOlder(): boolean {
    return this.timeline.size > this.window || (this.lowest ?? 0) > 0;
  }

  /** Chains came: opens what waited for them. */
  keysArrived(): Promise<void> {
    return this.alone(async () => {
      for (const reader of [this.log, this.receipts]) {
        const segments = await this.#context.messages.segments(reader.log);
        for (const segment of segments) {
          if (!reader.loaded(segment)) continue;
          const read = await reader.retryWaiting(segment);
          const opened = new Set(read.entries.map(({ position }) => positionKey(position)));
          this.waiting = this.waiting.filter(({ position }) => !opened.has(positionKey(position)));
          await this.#show(read);
        }
      }
      await this.settle();
      this.#events.unblocked(this);
    });
  }

  /** An own event that was queued, failed or taken back. */
  showQueued(entry: OutboxEntry): Promise<void> {
    return this.alone(async () => {
      this.#showQueued(entry);
      await this.settle();
    });
  }

  /** Own envelopes that the server acknowledged, kept and shown. */
  keepOwn(kept: Parameters<LogReader['keepOwn']>[0], log: 'm' | 'r'): Promise<void> {
    return this.alone(async () => {
      const reader = log === 'm' ? this.log : this.receipts;
      const segments = new Set(
        kept.map(({ position }) => parseDocumentName(position.document).document.segment),
      );
      for (const segment of segments) await this.#show(await reader.load(segment));
      const read = await reader.keepOwn(kept);
      for (const { position } of kept)
        this.#context.incoming.stored(position.document, position.client, position.clock + 1);
      await this.#show(read);
      await this.settle();
    });
  }

  /** Everything of others up to this message was seen on this device. */
  markRead(message: TimelineMessage): Promise<boolean> {
    return this.alone(async () => {
      const rose = this.timeline
        .upTo(message.key)
        .filter((entry) => entry.account !== this.#context.self.account)
        .map((entry) => this.#raise({ ...entry, delivered: entry.seq, read: entry.seq }))
        .some(Boolean);
      if (rose) await this.settle();
      return rose;
    });
  }

  /** Brings the summary up to date with the timeline and tells of the change. */
  async settle(): Promise<void> {
    const known = await this.#context.people.known(this.peer);
    const username = known?.username ?? this.summary?.peer.username ?? '';
    const before = this.summary ?? emptySummary({ account: this.peer, username }, this.#context.now());
    const newest = this.timeline.newest(1)[0];
    const next: Summary = {
      ...before,
      peer: { account: this.peer, username },
      last: newest
        ? { text: preview(newest.text), mine: newest.mine, at: newest.clock.wall, mark: newest.mark }
        : before.last,
      unread: this.timeline.unread(),
      at: newest ? newest.clock.wall : before.at,
      marks: this.marks.list(),
      held: { m: await this.#held(this.log), r: await this.#held(this.receipts) },
    };
    await this.#context.summaries.put(this.id, next);
    this.#events.changed(this);
    // Only now: whether a receipt is owed depends on the summary, which says who wrote.
    if (this.#heard) this.#events.heard(this);
    this.#heard = false;
  }

  /** The newest segment of a log that was read here, and what this device holds of it. */
  async #held(reader: LogReader): Promise<[segment: number, envelopes: number]> {
    const segment = reader.newest ?? 0;
    return [segment, envelopesIn(await this.#context.incoming.vector(documentName(reader.log, segment)))];
  }

  #stored(
    document: DocumentName,
    runs: readonly { client: number; clock: number; envelopes: readonly unknown[] }[],
  ) {
    for (const run of runs)
      this.#context.incoming.stored(document, run.client, run.clock + run.envelopes.length);
  }

  async #keepKeyInUse(): Promise<void> {
    const { keyInUse } = this.state;
    if (!this.facts || !keyInUse) return;
    const facts = withKeyInUse(this.facts, keyInUse);
    if (facts === this.facts) return;
    await this.#context.keys.write([factsWrite(this.id, facts)]);
    this.facts = facts;
  }

  async #loadNewest(): Promise<void> {
    const segments = await this.#context.messages.segments(this.log.log);
    const newest = segments.at(-1);
    if (newest !== undefined) await this.#loadSegment(newest);
  }

  async #loadReceipts(): Promise<void> {
    const segments = await this.#context.messages.segments(this.receipts.log);
    for (const segment of segments.slice(-2)) await this.#show(await this.receipts.load(segment));
  }

  async #loadSegment(segment: number): Promise<void> {
    await this.#show(await this.log.load(segment));
    this.lowest = Math.min(this.lowest ?? segment, segment);
  }

  /** Reads back until the window is full and the oldest message in it was read. */
  async #fillWindow(): Promise<DocumentName | undefined> {
    const segments = new Set(await this.#context.messages.segments(this.log.log));
    for (let read = 0; (this.lowest ?? 0) > 0; read += 1) {
      const full = this.timeline.size >= this.window;
      const unread = this.timeline.unread() >= this.timeline.size && read < UNREAD_SEGMENTS;
      if (full && !unread) return undefined;
      const before = (this.lowest ?? 0) - 1;
      if (!segments.has(before)) return documentName(this.log.log, before);
      await this.#loadSegment(before);
    }
    return undefined;
  }

  async #show(read: Read): Promise<void> {
    this.waiting = [...this.waiting, ...read.waiting];
    for (const entry of read.entries) {
      this.#context.saw(entry.event.clock);
      const isNews = this.timeline.add(entry);
      const { log, segment } = parseDocumentName(entry.position.document).document;
      if (log.kind === 'm') this.lowest = Math.min(this.lowest ?? segment, segment);
      const { account, device, generation, seq } = entry;
      if (log.kind === 'm' && account !== this.#context.self.account) {
        this.marks.raise({ device, generation, delivered: seq, read: -1 });
        this.#heard ||= isNews;
      }
      if (entry.event.type === 'receipt' && account === this.#context.self.account)
        for (const mark of entry.event.body.watermarks) this.#raise(mark);
    }
  }

  /** What was read here, said in a receipt or not, counts as read in the timeline. */
  #raise(mark: Watermark): boolean {
    this.timeline.raise(this.#context.self.account, [mark]);
    return this.marks.raise(mark);
  }

  #showQueued(entry: OutboxEntry): void {
    if (entry.log !== 'm') return;
    const { account, device } = this.#context.self;
    this.timeline.add({
      account,
      device,
      event: decodeEvent(entry.bytes),
      position: 'outbox',
      state: entry.failed ? 'failed' : 'queued',
      ...(entry.failed ? { error: entry.failed } : {}),
    });
  }
}

function positionKey(position: { document: DocumentName; client: number; clock: number }): string {
  return `${position.document}/${position.client}/${position.clock}`;
}

/** Enough of a text for one line of the list. */
function preview(text: string): string {
  return text.length > 200 ? [...text].slice(0, 160).join('') : text;
}
