import { setTimeout as pause } from 'node:timers/promises';
import { LIMITS } from '@sotto/protocol';
import type { CouchSettings, Stores } from '@sotto/store';
import { connectStores, couchSettings, openCouchStores, openLevelStores } from '@sotto/store';
import type { Servers, StoreChoice } from './servers/servers.js';

/** The store while servers are at work, as one of them would have it. */
export async function joinStore({ store, paths }: Servers): Promise<Stores> {
  if (store.kind === 'couch') return openCouchStores(settingsOf(store));
  const stores = connectStores(paths.socket);
  while (!stores.isConnected) await pause(20);
  return stores;
}

/** The store by itself. Of a LevelDB all servers must have ended. */
export async function openStore(servers: Servers): Promise<Stores> {
  const { store, paths } = servers;
  if (store.kind === 'couch') return joinStore(servers);
  return openLevelStores(paths.store, { documentMost: LIMITS.segmentHard });
}

/** How the databases are reached without a link between. */
export function settingsOf({ urls, prefix, shards }: StoreChoice & { kind: 'couch' }): CouchSettings {
  return couchSettings(urls.join(','), { prefix, shards });
}
