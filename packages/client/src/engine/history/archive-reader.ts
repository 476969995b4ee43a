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
}

/** Follows the key archive: installs what comes. */
export class ArchiveReader {
  readonly log: LogName;
  readonly #reading: ArchiveReading;

  constructor(reading: ArchiveReading) {
    this.log = reading.context.archive.log;
    this.#reading = reading;
  }

  /** @returns whether something before what came is missing here */
  async take(document: DocumentName, update: Uint8Array): Promise<{ gap: boolean }> {
    const { context } = this.#reading;
    const { archive, incoming } = context;
    const fresh = await incoming.fresh(document, update);
    await incoming.doubt(await archive.take(document, fresh, (records) => this.#install(records)));
    for (const run of fresh.runs) incoming.stored(document, run.client, run.clock + run.envelopes.length);
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
