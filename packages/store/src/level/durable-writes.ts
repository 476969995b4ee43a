import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Level } from 'level';
import { Listeners } from '../watch/listeners.js';

/** Between two attempts to open a database again, milliseconds. */
const RETRY_MS = 500;
/** Room that there must be before one is opened again: what its log holds becomes a table then. */
const ROOM_BYTES = 8 * 1024 * 1024;

interface Reopened {
  open(): Promise<void>;
}

/**
 * The writes of one LevelDB, one after the other. One that fails may have left a part of itself at the end of LevelDB's log, and
 * LevelDB would go on behind it: what it then calls durable is not read any more when the log is (its reader gives up the rest
 * of a block that it can't read). After a compaction that failed it would refuse all writes for good. So after a failed write
 * nothing is written until the database was closed and opened, which reads the log up to where it is whole and begins another.
 */
export class DurableWrites {
  readonly #database: Level<string, Uint8Array>;
  readonly #folder: string;
  readonly #parts: Reopened[] = [];
  readonly #closing = new AbortController();
  #turn: Promise<void> = Promise.resolve();
  #isDoubtful = false;
  #mending: Promise<void> = Promise.resolve();
  /** Told after the database was opened anew: what failed may have become durable all the same, and nobody was told of it. */
  readonly interrupted = new Listeners<[]>();

  /** @param folder of the database */
  constructor(database: Level<string, Uint8Array>, folder: string) {
    this.#database = database;
    this.#folder = folder;
  }

  /** A part of the database that has to be opened after it. */
  add(part: Reopened): void {
    this.#parts.push(part);
  }

  /**
   * Writes when its turn comes.
   * @throws whatever `write` threw: whether it was written is unknown then
   * @throws Error while a database whose write failed is not open again: it was not written
   */
  run(write: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(() => this.#write(write));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Waits for the write under way and closes the database for good. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#turn;
    await this.#mending;
    await this.#database.close();
  }

  async #write(write: () => Promise<void>): Promise<void> {
    if (this.#isDoubtful) throw new Error('a write failed, the database is not open again yet');
    try {
      await write();
    } catch (error) {
      this.#isDoubtful = true;
      this.#mending = this.#mend();
      throw error;
    }
  }

  async #mend(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      if (await this.#openAgain()) return;
      await pause(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** @returns whether it is open, and whole as far as anybody was told; there is no room where not */
  async #openAgain(): Promise<boolean> {
    try {
      // Until there is room it can at least be read.
      await this.#assertRoom();
      await this.#database.close();
      await this.#database.open();
      for (const part of this.#parts) await part.open();
    } catch {
      return false;
    }
    this.#isDoubtful = false;
    this.interrupted.tell();
    return true;
  }

  async #assertRoom(): Promise<void> {
    const path = join(this.#folder, 'room');
    const file = await open(path, 'w');
    try {
      await file.writeFile(new Uint8Array(ROOM_BYTES));
      await file.sync();
    } finally {
      await file.close();
      await rm(path, { force: true });
    }
  }
}
