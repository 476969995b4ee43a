import type { DeviceContext } from '../context/device-context.js';
import { ArchiveReader } from './archive-reader.js';
import { ArchiveWriter } from './archive-writer.js';
import type { ArchivedRooms } from './install-archived.js';

/** What the past needs of the device. */
export interface HistoryOwner {
  readonly context: DeviceContext;
  readonly rooms: ArchivedRooms;
  /** Runs a task while no inbox record is being worked on. */
  aside<T>(task: () => Promise<T>): Promise<T>;
}

/** The past of an open device: the key archive, read and written. */
export class DeviceHistory {
  readonly archive: ArchiveReader;
  readonly #owner: HistoryOwner;
  readonly #writer: ArchiveWriter;

  constructor(owner: HistoryOwner) {
    const { context } = owner;
    this.#owner = owner;
    this.archive = new ArchiveReader({
      ...owner,
      adopted: async (conversations) => {
        for (const id of conversations) context.subscribe(id);
      },
      caughtUp: () => this.#caughtUp(),
    });
    this.#writer = new ArchiveWriter({ context, isCaughtUp: () => this.archive.isCaughtUp });
    context.accountKeys.watch(() => context.guard(() => this.archive.tryWaiting()));
  }

  /** Something waits to go into the archive. @param soon other devices are not about to archive the same */
  archiveQueued(soon: boolean): void {
    this.#writer.queued(soon);
  }

  /** A new connection. */
  begin(): void {
    this.archive.begin();
  }

  /** A device of this account was linked or removed. */
  async ownDevicesChanged(): Promise<void> {
    await this.archive.tryWaiting();
    await this.#writer.replaceOrphans();
  }

  stop(): void {
    this.#writer.stop();
  }

  #caughtUp(): void {
    const { guard, people, self } = this.#owner.context;
    guard(() => this.#writer.send());
    guard(async () => {
      // Devices may have been removed while this one was away.
      await people.fresh(self.account);
      await this.#writer.replaceOrphans();
    });
  }
}
