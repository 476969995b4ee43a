import { join } from 'node:path';
import { LevelActivityStore } from './activity/level-activity-store.js';
import { LevelChunkStore } from './attachments/level-chunk-store.js';
import { LevelClaimStore } from './claims/level-claim-store.js';
import type { Database } from './level/database.js';
import { closeDatabase, openDatabase } from './level/database.js';
import { StoreOpenError } from './level/store-open-error.js';
import { LevelLogStore } from './log/level-log-store.js';

const CHUNKS = 'chunks';

/** The servers' stores in one LevelDB folder. */
export interface LevelStores {
  readonly log: LevelLogStore;
  readonly claims: LevelClaimStore;
  readonly activity: LevelActivityStore;
  readonly chunks: LevelChunkStore;
  /** Waits for what is under way, then closes the database. */
  close(): Promise<void>;
}

/**
 * Opens the stores in `folder`, making it where there is none. One process at a time.
 * @param options `now`: the clock of claims and activity, milliseconds since 1970; `documentMost`: records that a document may hold, for
 * when several processes write: an append that would exceed it is answered by no outcomes
 * @throws StoreOpenError with `code` and `folder`
 */
export async function openLevelStores(
  folder: string,
  options: { now?: () => number; documentMost?: number } = {},
): Promise<LevelStores> {
  const database = await openDatabase(folder);
  const activity = new LevelActivityStore(database, options.now);
  const log = new LevelLogStore(database, options.documentMost, activity);
  const claims = new LevelClaimStore(database, options.now);
  await sweep(folder, database, claims);
  const large = await openLarge(folder, database);
  const chunks = new LevelChunkStore(large);
  return {
    log,
    claims,
    activity,
    chunks,
    async close() {
      await Promise.all([log.close(), claims.close(), chunks.close()]);
      await Promise.all([closeDatabase(database), closeDatabase(large)]);
    },
  };
}

/** What nothing compresses, in a folder within the folder: one lock guards both. */
async function openLarge(folder: string, database: Database): Promise<Database> {
  try {
    return await openDatabase(join(folder, CHUNKS), { compression: false });
  } catch (error) {
    await closeDatabase(database);
    throw error;
  }
}

async function sweep(folder: string, database: Database, claims: LevelClaimStore): Promise<void> {
  try {
    await claims.sweep();
  } catch (error) {
    await closeDatabase(database);
    throw new StoreOpenError('store/damaged', folder, error);
  }
}
