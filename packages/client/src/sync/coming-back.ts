import type { ConversationId, DocumentName, LogName } from '@sotto/protocol';
import { decodeCbor, encodeCbor, LIMITS, parseLogName, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { MessageStore } from '../store/message-store.js';

const KEY = 'coming-back';
const DAY_MS = 24 * 60 * 60_000;
/** Between two cursors on one connection, milliseconds. */
const EVERY_MS = 10 * 60_000;

const schema = v.strictObject({
  v: v.literal(1),
  cursor: schemas.bytes(LIMITS.cursorBytes),
  /** When everything was compared last, milliseconds since 1970. */
  comparedAt: schemas.count,
  conversations: v.array(schemas.conversationId),
  /** Logs of which something is left that only this device knows of. */
  left: v.array(v.string()),
});
type Kept = v.InferOutput<typeof schema>;

/** The server's answer to a cursor (SPEC C3). */
export interface Resumed {
  readonly isAll: boolean;
  readonly cursor: Uint8Array;
  /** Logs in which something happened: their heads come next. */
  readonly logs: readonly LogName[];
}

export interface ComingBackOptions {
  readonly messages: MessageStore;
  /** Milliseconds since 1970. */
  now(): number;
  /** Whether the past of this device is here: until then everything is compared. */
  isComplete(): boolean;
  /** Asks the server for a cursor. */
  ask(): void;
  /** Asks for every log by name. */
  compare(): void;
  /** Logs of which something is here that was not worked on, and is to be asked for by name. */
  left(): readonly LogName[];
  guard(work: () => Promise<void>): void;
}

/**
 * The cursor of this device (SPEC C6): what was asked for on this connection and is not answered yet, whether all that came is
 * stored, and the last cursor that all of that can be said of.
 */
export class ComingBack {
  readonly #options: ComingBackOptions;
  #kept: Kept | undefined;
  /** Logs whose head, and documents whose answer, are still to come. */
  readonly #asked = new Set<string>();
  /** Conversations that the next cursor stands for. */
  #followed = new Set<ConversationId>();
  #quiet = new Set<LogName>();
  #pending: Uint8Array | undefined;
  #isComparing = true;
  /** A cursor is asked for as soon as nothing is left to come. */
  #isWanted = false;
  #isOnline = false;
  /** Something that came on this connection could not be stored or read. */
  #isSpoilt = false;
  #busy = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(options: ComingBackOptions, kept: Kept | undefined) {
    this.#options = options;
    this.#kept = kept;
  }

  static async open(options: ComingBackOptions): Promise<ComingBack> {
    const value = await options.messages.record(KEY);
    return new ComingBack(options, value && decodeCbor(schema, value));
  }

  /** For the next hello; empty when everything is to be compared. */
  cursor(): Uint8Array {
    return this.#isDue() || !this.#options.isComplete() ? new Uint8Array() : this.#kept!.cursor;
  }

  /**
   * A connection begins.
   * @param resumed what the server said to the cursor; undefined where there was none
   * @param belongs conversations that the account belongs to
   * @returns conversations of which the server said all that there is to say; undefined when everything is to be compared
   */
  begin(
    resumed: Resumed | undefined,
    belongs: ReadonlySet<ConversationId>,
  ): ReadonlySet<ConversationId> | undefined {
    this.end();
    this.#isOnline = true;
    this.#isSpoilt = false;
    this.#pending = resumed?.cursor;
    this.#isComparing = !resumed || resumed.isAll;
    this.#isWanted = !resumed;
    this.#quiet = new Set();
    this.#followed = new Set();
    if (!resumed || resumed.isAll) return undefined;
    this.#followed = new Set(this.#kept?.conversations.filter((id) => belongs.has(id)));
    for (const log of resumed.logs) this.#asked.add(log);
    return this.#followed;
  }

  /** The connection has ended: what was not answered will not be. */
  end(): void {
    this.#isOnline = false;
    clearTimeout(this.#timer);
    this.#asked.clear();
    this.#pending = undefined;
  }

  /** Conversations whose logs are followed on this connection. */
  get followed(): ReadonlySet<ConversationId> {
    return this.#followed;
  }

  /** Logs that are to be asked for by name whatever the server said, from before this connection. */
  get left(): readonly LogName[] {
    return (this.#kept?.left ?? []) as LogName[];
  }

  /** Nothing happened to these logs, and nothing is asked of them. */
  leave(logs: Iterable<LogName>): void {
    for (const log of logs) if (!this.#asked.has(log)) this.#quiet.add(log);
  }

  /** Whether the server said that nothing happened, and nothing was asked since. */
  isQuiet(log: LogName): boolean {
    return this.#quiet.has(log);
  }

  /** The heads of these logs are asked for. */
  subscribing(logs: readonly LogName[]): void {
    for (const name of logs) {
      this.#asked.add(name);
      this.#quiet.delete(name);
      const { kind, owner } = parseLogName(name).log;
      if (kind === 's') this.#followed.add(owner);
    }
  }

  asking(document: DocumentName): void {
    this.#asked.add(document);
  }

  /** A head or an answer came, or was refused for good. */
  answered(subject: string): void {
    this.#asked.delete(subject);
  }

  /** This account is out of a conversation. */
  lost(id: ConversationId): void {
    this.#followed.delete(id);
  }

  /** A cursor that was asked for. */
  offer(cursor: Uint8Array): void {
    if (cursor.length > 0) this.#pending = cursor;
    else this.#askLater();
  }

  /** Does something with what came; a cursor waits until it is done. */
  async during(work: () => Promise<void>): Promise<void> {
    this.#busy += 1;
    try {
      await work();
    } catch (error) {
      this.#isSpoilt = true;
      throw error;
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0) this.#options.guard(() => this.#settle());
    }
  }

  /** Something that came is not all here: no cursor stands for it. */
  spoil(): void {
    this.#isSpoilt = true;
  }

  async #settle(): Promise<void> {
    if (!this.#isOnline || this.#isSpoilt || this.#busy > 0 || this.#asked.size > 0) return;
    if (!this.#pending) {
      if (this.#isWanted) this.#options.ask();
      this.#isWanted = false;
      return;
    }
    const cursor = new Uint8Array(this.#pending);
    this.#pending = undefined;
    const comparedAt = this.#isComparing ? this.#options.now() : (this.#kept?.comparedAt ?? 0);
    this.#isComparing = false;
    const left = [...this.#options.left()];
    const kept: Kept = { v: 1, cursor, comparedAt, conversations: [...this.#followed], left };
    await this.#options.messages.putRecord(KEY, encodeCbor(kept));
    this.#kept = kept;
    // The connection may have ended meanwhile.
    if (this.#isOnline) this.#askLater();
  }

  #askLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#again(), EVERY_MS);
  }

  /** Another cursor, or all of it once more where that is due. */
  #again(): void {
    this.#isWanted = true;
    if (this.#isDue()) {
      this.#isComparing = true;
      this.#options.compare();
    }
    this.#options.guard(() => this.#settle());
  }

  #isDue(): boolean {
    return !this.#kept || this.#options.now() - this.#kept.comparedAt >= DAY_MS;
  }
}
