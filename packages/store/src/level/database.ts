import { mkdir, realpath } from 'node:fs/promises';
import { Level } from 'level';
import type { Listeners } from '../watch/listeners.js';
import { DurableWrites } from './durable-writes.js';
import { StoreOpenError } from './store-open-error.js';

export type Database = Level<string, Uint8Array>;
/** A part of the database with keys of its own. */
export type Sublevel = ReturnType<typeof openSublevel>;

/** One change of an atomic write; a missing value deletes. */
export interface Change {
  readonly sublevel: Sublevel;
  readonly key: string;
  readonly value?: Uint8Array;
}

/**
 * Folders that this process has open. LevelDB's own lock guards against other processes only as long as this one never
 * tries a second time: the attempt fails, but closing its lock file drops the first one's lock (POSIX record locks
 * belong to the process), and then others get in.
 */
const openFolders = new Set<string>();

const writes = new WeakMap<Database, DurableWrites>();

/**
 * Opens the LevelDB in `folder`, making the folder where there is none. One process at a time can have it open.
 * @param options `compression`: unless told otherwise
 * @throws StoreOpenError
 */
export async function openDatabase(
  folder: string,
  options: { readonly compression?: boolean } = {},
): Promise<Database> {
  const place = await makeFolder(folder);
  if (openFolders.has(place)) throw new StoreOpenError('store/locked', folder);
  openFolders.add(place);
  const encodings = { keyEncoding: 'utf8', valueEncoding: 'view' } as const;
  const database: Database = new Level(place, { ...encodings, ...options });
  try {
    await database.open();
  } catch (error) {
    openFolders.delete(place);
    throw StoreOpenError.from(folder, error);
  }
  writes.set(database, new DurableWrites(database, place));
  return database;
}

/** Waits for the write under way, then lets go of the database: it can't be used any more. */
export async function closeDatabase(database: Database): Promise<void> {
  await writes.get(database)!.close();
  openFolders.delete(database.location);
}

/** Told when something may have become durable that its writer was told had failed. */
export function interruptionsOf(database: Database): Listeners<[]> {
  return writes.get(database)!.interrupted;
}

/** @returns the folder's one true path, however it was named */
async function makeFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    return await realpath(folder);
  } catch (error) {
    throw StoreOpenError.from(folder, error);
  }
}

export function openSublevel(database: Database, name: string) {
  const options = { keyEncoding: 'utf8', valueEncoding: 'view' } as const;
  const sublevel = database.sublevel<string, Uint8Array>(name, options);
  writes.get(database)!.add(sublevel);
  return sublevel;
}

/** LevelDB's own option, which the type of any level's batches leaves out. */
const SYNC: object = { sync: true };

/** Writes all changes or none; resolves after fsync. After one that failed, all do until the database is whole again. */
export function writeDurably(database: Database, changes: readonly Change[]): Promise<void> {
  return writes.get(database)!.run(() => writeBatch(database, changes));
}

/** Anything else that changes a database, in its turn among the writes. */
export function changeInTurn(database: Database, change: () => Promise<void>): Promise<void> {
  return writes.get(database)!.run(change);
}

async function writeBatch(database: Database, changes: readonly Change[]): Promise<void> {
  // One by one into a batch of LevelDB's own: a third of what the same costs as a list of operations.
  const batch = database.batch();
  for (const { sublevel, key, value } of changes) {
    if (value === undefined) batch.del(key, { sublevel });
    else batch.put(key, value, { sublevel });
  }
  await batch.write(SYNC);
}

/** What LevelDB returns is a Node Buffer; this is the same bytes as a plain view, which Yjs and schemas ask for. */
export function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
