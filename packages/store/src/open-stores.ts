import { LIMITS } from '@sotto/protocol';
import type { ActivityStore } from './activity/activity-store.js';
import type { ChunkStore } from './attachments/chunk-store.js';
import type { ClaimStore } from './claims/claim-store.js';
import { connectStores } from './host/connect-stores.js';
import type { LogStore } from './log/log-store.js';
import { openLevelStores } from './open-level.js';

/** The servers' stores, wherever they are. */
export interface Stores {
  readonly log: LogStore;
  readonly claims: ClaimStore;
  readonly activity: ActivityStore;
  readonly chunks: ChunkStore;
  /** Waits for what is under way, then lets go of them. */
  close(): Promise<void>;
}

/** Schemes of {@link openStores}. */
export const STORE_SCHEMES = ['level:', 'unix:'] as const;

/**
 * Opens the stores that an address names: `level:/folder` is a LevelDB that this process has for itself, `unix:/path` the
 * socket of a store host, which need not be there yet.
 * @throws StoreOpenError for a folder that can't be opened
 * @throws RangeError for another scheme
 */
export async function openStores(address: URL): Promise<Stores> {
  const path = decodeURIComponent(address.pathname);
  switch (address.protocol) {
    case 'level:':
      return openLevelStores(path, { documentMost: LIMITS.segmentHard });
    case 'unix:':
      return connectStores(path);
    default:
      throw new RangeError('openStores: unknown scheme');
  }
}
