import { CouchActivityStore } from './couch/couch-activity-store.js';
import { CouchChunkStore } from './couch/couch-chunk-store.js';
import { CouchClaimStore } from './couch/couch-claim-store.js';
import { CouchClient } from './couch/couch-client.js';
import { CouchLogStore } from './couch/couch-log-store.js';
import { CouchDatabase } from './couch/database.js';
import { chunkDatabases, claimDatabase, claimDatabases, logDatabases, shardOf } from './couch/layout.js';
import { hasPeers } from './couch/peers.js';
import { RotatingClaimStore } from './couch/rotating-claim-store.js';
import { assertLayout } from './couch/set-up.js';
import { CouchSetUpError } from './couch/set-up-error.js';
import type { CouchSettings } from './couch/settings.js';

/** The servers' stores in a CouchDB cluster, shared by any number of servers. */
export interface CouchStores {
  readonly log: CouchLogStore;
  readonly claims: RotatingClaimStore;
  readonly activity: CouchActivityStore;
  readonly chunks: CouchChunkStore;
  /** Waits for what is under way, then closes the connections. */
  close(): Promise<void>;
}

/**
 * Opens the stores; `setUpCouch` made them before. What is told later begins with what is written after this resolves.
 * @param options `now`: the clock of claims and activity, milliseconds since 1970; `documentMost`: records that a document may hold;
 * `firstNode`: index of the URL that is asked first, so that servers spread over the nodes
 * @throws CouchSetUpError `store/not-set-up`, `store/other-layout`
 * @throws ProtocolError `sync/store-unavailable`
 */
export async function openCouchStores(
  settings: CouchSettings,
  options: { now?: () => number; documentMost?: number; firstNode?: number } = {},
): Promise<CouchStores> {
  const client = new CouchClient(settings, options.firstNode);
  const home = settings.home && new CouchClient({ ...settings, ...settings.home });
  try {
    await assertLayout(client, settings);
    const shards = await openAll(client, logDatabases(settings));
    const parts = await openAll(home ?? client, claimDatabases(settings));
    const places = await openAll(client, chunkDatabases(settings));
    const isAlone = !(await hasPeers(client, settings));
    const activity = new CouchActivityStore(client, settings, { now: options.now, isAlone });
    const log = new CouchLogStore(shards, options.documentMost, activity);
    const first = new CouchClaimStore(parts, (key) => claimDatabase(settings, key), options.now);
    const claims = await RotatingClaimStore.open(home ?? client, settings, first, options.now);
    const chunks = new CouchChunkStore(
      places.map(({ database }) => database),
      (place) => shardOf(place, settings.shards),
    );
    return {
      log,
      claims,
      activity,
      chunks,
      async close() {
        await Promise.all([log.close(), claims.close()]);
        client.close();
        home?.close();
      },
    };
  } catch (error) {
    client.close();
    home?.close();
    throw error;
  }
}

async function openAll(
  client: CouchClient,
  names: readonly string[],
): Promise<{ database: CouchDatabase; since: string }[]> {
  const open: { database: CouchDatabase; since: string }[] = [];
  for (const name of names) {
    const database = new CouchDatabase(client, name);
    const since = await database.open();
    if (since === undefined) throw new CouchSetUpError('store/not-set-up', name);
    open.push({ database, since });
  }
  return open;
}
