import { randomBytes } from 'node:crypto';
import type { CouchSettings } from '../couch/settings.js';
import { couchSettings } from '../couch/settings.js';

/** A CouchDB that tests run on. */
export interface CouchServer {
  readonly name: string;
  /** Base URLs with credentials, separated by commas. */
  readonly urls: string | undefined;
}

/** The ones that the environment names: what has no URL is skipped. */
export const COUCH_SERVERS: readonly CouchServer[] = [
  { name: 'CouchDB, one node', urls: process.env.COUCHDB_URL },
  { name: 'CouchDB, a cluster', urls: process.env.COUCHDB_CLUSTER_URLS },
];

/** Settings with a prefix that nobody else uses. */
export function testSettings(urls: string, options: Partial<CouchSettings> = {}): CouchSettings {
  const prefix = `sotto-test-${randomBytes(6).toString('hex')}`;
  return couchSettings(urls, { prefix, shards: 2, ...options });
}
