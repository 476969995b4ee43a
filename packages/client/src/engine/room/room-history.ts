import type { AccountId, ConversationId, DeviceId, DocumentName, Position } from '@sotto/protocol';
import { documentName, logName, parseDocumentName } from '@sotto/protocol';
import { isSaidAsMember } from '../../conversation/departures.js';
import { decodeEvent } from '../../conversation/event.js';
import type { ConversationState } from '../../conversation/state-fold.js';
import { Timeline } from '../../conversation/timeline.js';
import { type Watermark, Watermarks } from '../../conversation/watermarks.js';
import type { OutboxEntry } from '../../sync/outbox.js';
import type { ReadUpTo } from '../context/account-state.js';
import type { DeviceContext } from '../context/device-context.js';
import { FeedSequences } from './feed-sequences.js';
import { type Heard, LogReader, type Read, type ReadEntry } from './log-reader.js';
import type { RoomChains } from './room-chains.js';
import type { RoomFacts } from './room-facts.js';

/** Messages shown at first, and how many more each time. */
const FIRST_WINDOW = 10;
const WINDOW_STEP = 40;
/** At first the window reaches back to where reading stopped, but not beyond this, and shows some of what was read. */
const UNREAD_WINDOW = 400;
const BEFORE_UNREAD = 5;
/** Segments read back at most to find where reading stopped. */
const UNREAD_SEGMENTS = 4;

/** What a history has to know of its conversation, as it is now. */
export interface HistoryAbout {
  readonly kind: 'direct' | 'group';
  readonly meaning: ConversationState | undefined;
  /** Whether this account came later, and is not given what was said before. */
  readonly isLate: boolean;
  readonly facts: RoomFacts | undefined;
}

/** What was said in a room and how far it was read, as much of it as has been loaded. */
export class RoomHistory {
  readonly log: LogReader;
  readonly receipts: LogReader;
  readonly timeline: Timeline;
  /** What was stored here and read here of the feeds of others. */
  readonly marks = new Watermarks();
  /** What receipts of this account said, from whichever of its devices. */
  readonly told = new Watermarks();
  readonly sequences = new FeedSequences();
  /** Messages shown. */
  window = FIRST_WINDOW;
  waiting: Read['waiting'] = [];
  readonly #context: DeviceContext;
  readonly #chains: RoomChains;
  readonly #about: HistoryAbout;
  /** What somebody said who is not known to have been a member then. */
  #aside: ReadEntry[] = [];
  /** Lowest message segment that is in the timeline. */
  #lowest: number | undefined;
  /** A message of somebody else's was shown for the first time. */
  #heard = false;

  constructor(context: DeviceContext, id: ConversationId, chains: RoomChains, about: HistoryAbout) {
    this.#context = context;
    this.#chains = chains;
    this.#about = about;
    const { accountLog, self, messages, summaries, outbox } = context;
    const heard: Heard = {
      binding: ({ listVersion, stateHead }, account) =>
        context.heard({ conversation: id, account, listVersion, stateHead }),
      twice: () => context.heardTwice(id),
    };
    const doubt = (positions: readonly Position[]) => context.incoming.doubt(positions);
    this.log = new LogReader(logName('m', id), self, messages, chains, heard, doubt);
    this.receipts = new LogReader(logName('r', id), self, messages, chains, heard, doubt);
    this.timeline = new Timeline({ self: self.account, others: [] });
    for (const mark of summaries.get(id)?.marks ?? []) this.raise(mark);
    for (const mark of summaries.get(id)?.told ?? []) this.told.raise(mark);
    for (const mark of accountLog.readMarks().get(id) ?? []) this.raiseRead(mark);
    for (const entry of outbox.of(id)) this.showQueued(entry);
  }

  reader(kind: 'm' | 'r'): LogReader {
    return kind === 'm' ? this.log : this.receipts;
  }

  /** Reads the newest segments of both logs, and messages back to where reading stopped; begins the window anew. */
  async loadNewest(): Promise<void> {
    const { messages } = this.#context;
    this.window = FIRST_WINDOW;
    const receipts = await messages.segments(this.receipts.log);
    for (const segment of receipts.slice(-2)) this.show(await this.receipts.load(segment));
    const newest = (await messages.segments(this.log.log)).at(-1);
    if (newest !== undefined) await this.#loadMessages(newest);
    await this.fillWindow();
    this.#widenToUnread();
  }

  /** Makes the window larger. @returns what {@link fillWindow} does */
  more(): Promise<DocumentName | undefined> {
    this.window += WINDOW_STEP;
    return this.fillWindow();
  }

  /**
   * Reads back until the window is full and the oldest message in it was read.
   * @returns the segment that this device does not hold and that comes next, if there is one
   */
  async fillWindow(): Promise<DocumentName | undefined> {
    const segments = new Set(await this.#context.messages.segments(this.log.log));
    for (let read = 0; (this.#lowest ?? 0) > 0; read += 1) {
      const full = this.timeline.size >= this.window;
      const unread = this.timeline.unread() >= this.timeline.size && read < UNREAD_SEGMENTS;
      if (full && !unread) return undefined;
      const before = (this.#lowest ?? 0) - 1;
      if (!segments.has(before)) return documentName(this.log.log, before);
      await this.#loadMessages(before);
    }
    return undefined;
  }

  /** Whether nobody looks at a segment: it lies before all that is in the timeline, and is read when somebody does. */
  isPast(segment: number): boolean {
    const newest = this.#context.heads.of(this.log.log).segment;
    return segment < (this.#lowest ?? newest) && !this.log.loaded(segment);
  }

  /** Whether more of what is stored belongs into the timeline: the window has room, or nothing in it was read. */
  wantsPast(): boolean {
    const { size } = this.timeline;
    return this.#lowest !== undefined && (size < this.window || this.timeline.unread() >= size);
  }

  /** Whether there is something before the window. */
  hasOlder(): boolean {
    return this.timeline.size > this.window || (this.#lowest ?? 0) > 0;
  }

  /** Opens what waited for chains that have come now. */
  async retryWaiting(): Promise<void> {
    for (const reader of [this.log, this.receipts]) {
      for (const segment of await this.#context.messages.segments(reader.log)) {
        if (!reader.loaded(segment)) continue;
        const read = await reader.retryWaiting(segment);
        const document = documentName(reader.log, segment);
        this.waiting = this.waiting.filter(({ position }) => position.document !== document);
        this.show(read);
      }
    }
  }

  /** Whether others were heard since this was asked last. */
  takeHeard(): boolean {
    const heard = this.#heard;
    this.#heard = false;
    return heard;
  }

  /** Shows what has just come: it does not push out of the window what is being read. */
  showNew(read: Read): void {
    const { size } = this.timeline;
    this.show(read);
    this.window += this.timeline.size - size;
  }

  show(read: Read): void {
    this.sequences.take(read);
    const here = new Set([...read.entries, ...read.waiting].map(({ position }) => positionKey(position)));
    this.waiting = [
      ...this.waiting.filter(({ position }) => !here.has(positionKey(position))),
      ...read.waiting.filter(({ position }) => !this.#isBefore(position)),
    ];
    for (const entry of read.entries) {
      if (!this.#counts(entry)) {
        this.#aside.push(entry);
        continue;
      }
      this.#context.saw(entry.event.clock);
      const isNews = this.timeline.add(entry);
      const isOwn = entry.account === this.#context.self.account;
      const { log, segment } = parseDocumentName(entry.position.document).document;
      if (log.kind === 'm') this.#lowest = Math.min(this.#lowest ?? segment, segment);
      if (log.kind === 'm' && !isOwn) {
        this.marks.raise({ ...entry, delivered: entry.seq, read: -1 });
        this.#heard ||= isNews;
      }
      if (entry.event.type === 'receipt')
        for (const mark of entry.event.body.watermarks)
          if (mark.device !== this.#context.self.device) this.sequences.said(mark);
      if (entry.event.type === 'receipt' && isOwn)
        for (const mark of entry.event.body.watermarks) {
          this.told.raise(mark);
          this.raise(mark);
        }
    }
  }

  /** Whose device wrote something that is here. */
  authorOf(device: DeviceId): AccountId | undefined {
    return this.#chains.accountOf(device);
  }

  /** The state says something else: what counts now is shown, what does not any more is put aside. */
  sift(): void {
    // What somebody took care to name was here: what is not is missing.
    for (const bounds of this.#about.meaning?.bounds.values() ?? [])
      for (const { feeds } of bounds)
        for (const { seq, ...feed } of feeds) this.sequences.said({ ...feed, delivered: seq });
    const gone = this.timeline.withdraw((entry) => !this.#counts(entry as ReadEntry));
    const back = this.#aside.filter((entry) => this.#counts(entry));
    this.#aside = [...this.#aside.filter((entry) => !back.includes(entry)), ...(gone as ReadEntry[])];
    this.show({ entries: back, waiting: [] });
    this.waiting = this.waiting.filter(({ position }) => !this.#isBefore(position));
  }

  #counts(entry: ReadEntry): boolean {
    const { meaning, kind } = this.#about;
    // A receipt says something of whoever is in: of others nobody asks.
    if (!entry.position.document.startsWith('m.')) return true;
    return meaning ? isSaidAsMember(meaning, entry) : kind === 'direct';
  }

  /** Whether it was there before this account joined, and is for others. */
  #isBefore({ document, client, clock }: Read['waiting'][number]['position']): boolean {
    if (!this.#about.isLate) return false;
    const { joined } = this.#about.facts ?? {};
    const { segment } = parseDocumentName(document).document;
    if (!joined || segment < joined.segment) return true;
    return (
      segment === joined.segment && joined.before.some(([other, next]) => other === client && clock < next)
    );
  }

  /** What was read here, said in a receipt or not, counts as read in the timeline. @returns whether it was news */
  raise(mark: Watermark): boolean {
    this.timeline.raise(this.#context.self.account, [mark]);
    return this.marks.raise(mark);
  }

  /** Everything of a feed up to here was read, on whichever own device. @returns whether it was news */
  raiseRead({ device, generation, seq }: ReadUpTo): boolean {
    return this.raise({ device, generation, delivered: seq, read: seq });
  }

  showQueued(entry: OutboxEntry): void {
    if (entry.log !== 'm') return;
    const { size } = this.timeline;
    const { account, device } = this.#context.self;
    this.timeline.add({
      account,
      device,
      event: decodeEvent(entry.bytes),
      position: 'outbox',
      state: entry.failed ? 'failed' : 'queued',
      ...(entry.failed ? { error: entry.failed } : {}),
    });
    this.window += this.timeline.size - size;
  }

  #widenToUnread(): void {
    const first = this.timeline.firstUnread();
    if (!first) return;
    const read = this.timeline.before(first.key, this.timeline.size).length;
    const wanted = this.timeline.size - read + BEFORE_UNREAD;
    this.window = Math.max(this.window, Math.min(wanted, UNREAD_WINDOW));
  }

  async #loadMessages(segment: number): Promise<void> {
    this.show(await this.log.load(segment));
    this.#lowest = Math.min(this.#lowest ?? segment, segment);
  }
}

function positionKey({ document, client, clock }: Position): string {
  return `${document}/${client}/${clock}`;
}
