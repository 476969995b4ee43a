import type { ConversationId, DocumentName, LogName } from '@sotto/protocol';
import { parseDocumentName, parseLogName } from '@sotto/protocol';
import type { HistorySnapshot } from '../api/account-calls.js';
import type { DeviceContext } from '../context/device-context.js';
import { ActivityHints } from './activity-hints.js';
import { ArchiveReader } from './archive-reader.js';
import { ArchiveWriter } from './archive-writer.js';
import { AwaitedLog } from './awaited-log.js';
import type { ArchivedRooms } from './install-archived.js';
import { PastReader, type PastRooms } from './past-reader.js';

/** What the past needs of the device. */
export interface HistoryOwner {
  readonly context: DeviceContext;
  readonly rooms: ArchivedRooms & PastRooms;
  /** Runs a task while no inbox record is being worked on. */
  aside<T>(task: () => Promise<T>): Promise<T>;
  changed(snapshot: HistorySnapshot): void;
}

/** The past of an open device: the key archive, read and written, and what it opens. */
export class DeviceHistory {
  readonly archive: ArchiveReader;
  readonly #owner: HistoryOwner;
  readonly #writer: ArchiveWriter;
  readonly #past: PastReader;
  readonly #hints: ActivityHints;
  /** The key archive and the account log, which says what comes first. */
  readonly #logs: ReadonlyMap<LogName, AwaitedLog>;

  constructor(owner: HistoryOwner) {
    const { context, rooms } = owner;
    this.#owner = owner;
    this.#hints = new ActivityHints(context);
    this.#past = new PastReader({
      context,
      rooms,
      changed: () => owner.changed(this.snapshot()),
    });
    this.archive = new ArchiveReader({ ...owner, adopted: (ids) => this.#adopted(ids) });
    this.#logs = new Map([
      [context.archive.log, new AwaitedLog(() => this.#archiveIsHere())],
      [context.accountLog.log, new AwaitedLog(() => this.#readPast())],
    ]);
    this.#writer = new ArchiveWriter({ context, isCaughtUp: () => this.#isHere(context.archive.log) });
    context.accountKeys.watch(() => context.guard(() => this.archive.tryWaiting()));
  }

  snapshot(): HistorySnapshot {
    return this.#past.snapshot();
  }

  /** Runs what people wait for: the past waits meanwhile. */
  first<T>(open: () => Promise<T>): Promise<T> {
    return this.#past.first(open);
  }

  /** Something waits to go into the archive. @param soon other devices are not about to archive the same */
  archiveQueued(soon: boolean): void {
    this.#writer.queued(soon);
  }

  /** A new connection. @param belongs conversations that the account belongs to */
  begin(belongs: ReadonlySet<ConversationId>): void {
    for (const log of this.#logs.values()) log.begin();
    this.#past.begin(belongs);
  }

  /** The connection has ended. */
  offline(): void {
    this.#past.stop();
    this.#owner.changed(this.snapshot());
  }

  /** Whether a conversation's logs are not to be followed yet: it comes when it is its turn. */
  isToCome(id: ConversationId): boolean {
    return this.#past.isNew(id);
  }

  /** The head of a log is known. @param wanted what is being asked for of it */
  head(log: LogName, wanted: readonly DocumentName[]): void {
    this.#logs.get(log)?.asking(wanted);
    this.#past.head(log, wanted);
    const { kind, owner } = parseLogName(log).log;
    if (kind === 'm' && this.#past.joined(owner)) this.#readPast();
  }

  /** Everything that the server holds of a document was taken in. */
  answered(document: DocumentName): void {
    this.#logs.get(parseDocumentName(document).log)?.answered(document);
    this.#past.answered(document);
  }

  /** Something changed in a conversation. */
  roomChanged(id: ConversationId): void {
    // Until everything is here, the newest activity is not known.
    if (this.snapshot().state === 'complete') this.#hints.changed(id);
  }

  /** A device of this account was linked or removed. */
  async ownDevicesChanged(): Promise<void> {
    await this.archive.tryWaiting();
    await this.#writer.replaceOrphans();
  }

  stop(): void {
    this.#writer.stop();
    this.#hints.stop();
    this.#past.stop();
  }

  #isHere(log: LogName): boolean {
    return this.#logs.get(log)!.isHere;
  }

  #archiveIsHere(): void {
    const { guard, people, self } = this.#owner.context;
    guard(() => this.#writer.send());
    guard(async () => {
      // Devices may have been removed while this one was away.
      await people.fresh(self.account);
      await this.#writer.replaceOrphans();
    });
    this.#readPast();
  }

  async #adopted(conversations: readonly ConversationId[]): Promise<void> {
    await this.#past.adopted(conversations);
    this.#readPast();
  }

  #readPast(): void {
    if ([...this.#logs.values()].every((log) => log.isHere))
      this.#owner.context.guard(() => this.#past.run());
  }
}
