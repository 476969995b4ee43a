import { LIMITS } from '@sotto/protocol';
import { CouchSetUpError } from './couch/set-up-error.js';
import type { CouchSettings } from './couch/settings.js';
import { couchSettingsFrom } from './couch/settings.js';
import { StoreOpenError } from './level/store-open-error.js';
import { openCouchStores } from './open-couch.js';
import type { Stores } from './open-stores.js';
import { openStores, STORE_SCHEMES } from './open-stores.js';

/** Where a server's stores are. */
export type StoreSettings = { readonly url: URL } | { readonly couch: CouchSettings };

/** A claim that nobody owns: reading it says whether the store answers. */
export const PROBE = 'probe:ready';

/**
 * Where the stores are, by the environment: `STORE_URL` (see {@link openStores}) or `COUCHDB_URL` and what goes with it.
 * @throws RangeError that names what is wrong, without quoting it
 */
export function storeSettingsFrom(env: Readonly<Record<string, string | undefined>>): StoreSettings {
  const { STORE_URL: url, COUCHDB_URL: couch } = env;
  if (url && couch) throw new RangeError('STORE_URL and COUCHDB_URL: there is one store');
  if (url) return { url: parseAddress(url) };
  if (couch) return { couch: couchSettingsFrom(env) };
  throw new RangeError('STORE_URL is missing, and COUCHDB_URL too');
}

/**
 * Opens the stores that the settings name.
 * @throws StoreOpenError, CouchSetUpError
 */
export function openStoresAt(where: StoreSettings): Promise<Stores> {
  if ('url' in where) return openStores(where.url);
  return openCouchStores(where.couch, { documentMost: LIMITS.segmentHard });
}

/** Whether an error says why stores could not be opened: a code and a path or name, nothing secret. */
export function isStoreError(error: unknown): error is StoreOpenError | CouchSetUpError {
  return error instanceof StoreOpenError || error instanceof CouchSetUpError;
}

function parseAddress(text: string): URL {
  if (!URL.canParse(text)) throw new RangeError('STORE_URL: is no address');
  const url = new URL(text);
  if (!(STORE_SCHEMES as readonly string[]).includes(url.protocol))
    throw new RangeError(`STORE_URL: begins with none of ${STORE_SCHEMES.join(' ')}`);
  if (!url.pathname.startsWith('/')) throw new RangeError('STORE_URL: names no absolute path');
  return url;
}
