import type { AccountId, ConversationId, DocumentName, LogName } from '@sotto/protocol';
import { documentName, logName, ProtocolError } from '@sotto/protocol';
import { isAccountError } from '../../account/errors.js';
import type { HistorySnapshot } from '../api/account-calls.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { Answers } from './answers.js';

/** How long the server may take with one document, milliseconds. */
const ANSWER_MS = 30_000;
/** Conversations whose newest messages are asked for at once, and documents of older ones. */
const NEWEST_AT_ONCE = 3;
const OLDER_AT_ONCE = 2;
/** For so long after the first conversation came nothing else is read, milliseconds: somebody may open it now. */
const FIRST_LOOK_MS = 250;

/** The rooms of a device, as far as their past goes. */
export interface PastRooms {
  known(): ConversationId[];
  /** The other person of a direct conversation. */
  peer(id: ConversationId): AccountId | undefined;
  get(id: ConversationId): Promise<{ readonly room: Room } | undefined>;
}

/** What reading the past needs of the device. */
export interface PastReading {
  readonly context: DeviceContext;
  readonly rooms: PastRooms;
  /** The snapshot may be another. */
  changed(): void;
}

/**
 * Brings the past of every conversation to this device: first the newest messages of each, the one with the newest
 * activity first, then older segments in the background, a document or two at a time, so that nothing live waits for it.
 * What is complete is remembered; what a connection cut off is asked for again on the next.
 */
export class PastReader {
  readonly #reading: PastReading;
  readonly #answers = new Answers();
  /** Answers to what a log's head had asked for, of logs whose head somebody waits for. */
  readonly #asked = new Map<LogName, Promise<boolean[]>>();
  /** Conversations that the server says this account belongs to; undefined before the first welcome. */
  #belongs: Set<ConversationId> | undefined;
  /** Counts connections: work of an earlier one stops. */
  #connection = 0;
  #running = false;
  #again = false;
  /** Ends when nothing is being opened that people wait for. */
  #opened: Promise<unknown> = Promise.resolve();

  constructor(reading: PastReading) {
    this.#reading = reading;
  }

  /** Whether a conversation's logs are left to this reader: the archive told of it, and nothing was read yet. */
  isNew(id: ConversationId): boolean {
    return this.#reading.context.progress.of(id)?.state === 'new';
  }

  /** A new connection, and the conversations that the account belongs to. */
  begin(belongs: ReadonlySet<ConversationId>): void {
    this.#belongs = new Set(belongs);
    this.stop();
  }

  stop(): void {
    this.#connection += 1;
    this.#answers.end();
  }

  /** The server lets this account read a conversation. @returns whether it may have a past that is not here */
  joined(id: ConversationId): boolean {
    this.#belongs?.add(id);
    return !this.#isComplete(id);
  }

  /** The head of a message log is known. @param wanted what is being asked for of it */
  head(log: LogName, wanted: readonly DocumentName[]): void {
    if (!this.#answers.isAwaited(log)) return;
    const asked = wanted.map((document) => this.#answers.next(document, ANSWER_MS));
    this.#asked.set(log, Promise.all(asked));
    this.#answers.came(log);
  }

  /** Everything that the server holds of this document was taken in. */
  answered(document: DocumentName): void {
    this.#answers.came(document);
  }

  /** The archive told of conversations that this device did not know. */
  async adopted(conversations: readonly ConversationId[]): Promise<void> {
    const { progress } = this.#reading.context;
    await Promise.all(conversations.map((id) => progress.put(id, { state: 'new' })));
    this.#reading.changed();
  }

  /** Runs what people wait for: nothing more of the past is asked for meanwhile. */
  first<T>(open: () => Promise<T>): Promise<T> {
    const opening = open();
    this.#opened = Promise.allSettled([this.#opened, opening]);
    return opening;
  }

  /** Reads what is missing; the archive and the account log are here. */
  async run(): Promise<void> {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    try {
      await this.#reading.context.progress.archiveRead();
      while (this.#again) {
        this.#again = false;
        await this.#readAll(this.#connection);
      }
    } finally {
      this.#running = false;
      this.#reading.changed();
    }
  }

  snapshot(): HistorySnapshot {
    const known = this.#known();
    const done = known.filter((id) => this.#isComplete(id)).length;
    const { connection } = this.#reading.context;
    const isFetching = this.#running && connection.state === 'online';
    const total = known.length;
    const isComplete = done === total && this.#reading.context.progress.isArchiveRead;
    return { state: isComplete ? 'complete' : isFetching ? 'fetching' : 'waiting', done, total };
  }

  #known(): ConversationId[] {
    return this.#reading.rooms.known().filter((id) => this.#belongs?.has(id) ?? true);
  }

  #isComplete(id: ConversationId): boolean {
    return this.#reading.context.progress.of(id)?.state === 'complete';
  }

  async #readAll(connection: number): Promise<void> {
    const missing = () => this.#known().filter((id) => !this.#isComplete(id));
    if (missing().length === 0) return;
    this.#reading.changed();
    const fresh = this.#newestFirst(missing().filter((id) => this.isNew(id)));
    // The one that people look at first has the device to itself.
    const [first, ...rest] = fresh;
    if (first) {
      await this.#newest(first, connection);
      await new Promise((passed) => setTimeout(passed, FIRST_LOOK_MS));
    }
    await inLanes(rest, NEWEST_AT_ONCE, (id) => this.#newest(id, connection));
    await inLanes(this.#newestFirst(missing()), OLDER_AT_ONCE, (id) => this.#older(id, connection));
  }

  #newestFirst(ids: readonly ConversationId[]): ConversationId[] {
    const { accountLog, summaries } = this.#reading.context;
    const at = new Map(
      ids.map((id) => [id, Math.max(accountLog.activity(id) ?? 0, summaries.get(id)?.last?.at ?? 0)]),
    );
    return [...ids].sort((a, b) => at.get(b)! - at.get(a)!);
  }

  /** Follows a conversation from now on; ends when its newest messages are here. */
  async #newest(id: ConversationId, connection: number): Promise<void> {
    await this.#opened;
    if (connection !== this.#connection) return;
    const { context } = this.#reading;
    const { progress } = context;
    const log = logName('m', id);
    await this.#introduce(id);
    const headed = this.#answers.next(log, ANSWER_MS);
    context.subscribe(id);
    if (!(await headed)) return;
    const answered = await this.#asked.get(log);
    this.#asked.delete(log);
    if (!answered?.every(Boolean)) return;
    const { segment } = context.heads.of(log);
    await progress.put(id, segment === 0 ? { state: 'complete' } : { state: 'begun', next: segment - 1 });
    this.#reading.changed();
  }

  /** Reads older segments, newest first. */
  async #older(id: ConversationId, connection: number): Promise<void> {
    const { context } = this.#reading;
    const { progress } = context;
    const log = logName('m', id);
    const known = progress.of(id);
    if (known?.state === 'new') return;
    if (!known && !context.heads.known(log) && !(await this.#answers.next(log, ANSWER_MS))) return;
    const { segment: newest } = context.heads.of(log);
    // Its answer says that everything in it is here.
    if (!known && !(await this.#fetch(documentName(log, newest)))) return;
    const from = known?.state === 'begun' ? known.next : newest - 1;
    for (let segment = from; segment >= 0; segment -= 1) {
      if (connection !== this.#connection) return;
      if (!(await this.#fetch(documentName(log, segment)))) return;
      if (segment > 0) await progress.put(id, { state: 'begun', next: segment - 1 });
    }
    if (connection !== this.#connection) return;
    await progress.put(id, { state: 'complete' });
    this.#reading.changed();
  }

  async #fetch(document: DocumentName): Promise<boolean> {
    const { connection, incoming } = this.#reading.context;
    await this.#opened;
    const have = await incoming.vector(document);
    const answer = this.#answers.next(document, ANSWER_MS);
    connection.askFor(document, have);
    return answer;
  }

  /** Whom a direct conversation is with; others are learnt as their events come. */
  async #introduce(id: ConversationId): Promise<void> {
    const { context, rooms } = this.#reading;
    const peer = rooms.peer(id);
    try {
      if (peer && !(await context.people.known(peer))) await context.people.fresh(peer);
    } catch (error) {
      // They are looked up again when something is to be sent to them.
      if (!(error instanceof ProtocolError) && !isAccountError(error)) throw error;
    }
  }
}

/** Works on items in their order, so many at once. */
async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
