import type { ConversationId, DocumentName, LogName } from '@sotto/protocol';
import type { ArchiveRecord } from '../../conversation/archive-record.js';
import type { DeviceContext } from '../context/device-context.js';
import { type ArchivedRooms, installArchived } from './install-archived.js';

/** What reading the archive needs of the device. */
export interface ArchiveReading {
  readonly context: DeviceContext;
  readonly rooms: ArchivedRooms;
  /** Runs a task while no inbox record is being worked on: both keep chains. */
  aside<T>(task: () => Promise<T>): Promise<T>;
  /** Conversations that this device did not know before. */
  adopted(conversations: readonly ConversationId[]): Promise<void>;
  /** All that the server had when this connection began is here. */
  caughtUp(): void;
}

/** Follows the key archive: installs what comes, and knows when all of it is here. */
export class ArchiveReader {
  readonly log: LogName;
  readonly #reading: ArchiveReading;
  /** Documents asked for and not answered; undefined until the head is known. */
  #awaited: Set<DocumentName> | undefined;

  constructor(reading: ArchiveReading) {
    this.log = reading.context.archive.log;
    this.#reading = reading;
  }

  get isCaughtUp(): boolean {
    return this.#awaited?.size === 0;
  }

  /** A new connection: what came meanwhile is not here yet. */
  begin(): void {
    this.#awaited = undefined;
  }

  /** The head is known, and these documents are being asked for. */
  asking(documents: readonly DocumentName[]): void {
    const wasCaughtUp = this.isCaughtUp;
    this.#awaited = new Set([...(this.#awaited ?? []), ...documents]);
    if (this.isCaughtUp && !wasCaughtUp) this.#reading.caughtUp();
  }

  /** @returns whether something before what came is missing here */
  async take(document: DocumentName, update: Uint8Array, answer: boolean): Promise<{ gap: boolean }> {
    const { context } = this.#reading;
    const { archive, incoming } = context;
    const fresh = await incoming.fresh(document, update);
    await archive.take(document, fresh, (records) => this.#install(records));
    for (const run of fresh.runs) incoming.stored(document, run.client, run.clock + run.envelopes.length);
    if (answer && this.#awaited?.delete(document) && this.isCaughtUp) this.#reading.caughtUp();
    return fresh;
  }

  /** A key or a list of own devices came: what waited for it may open now. */
  tryWaiting(): Promise<void> {
    return this.#reading.context.archive.tryWaiting((records) => this.#install(records));
  }

  async #install(records: readonly ArchiveRecord[]): Promise<void> {
    const { aside, adopted, context, rooms } = this.#reading;
    const fresh = await aside(() => installArchived(context, rooms, records));
    if (fresh.length > 0) await adopted(fresh);
  }
}
