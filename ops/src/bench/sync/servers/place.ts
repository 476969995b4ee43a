import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import {
  couchSettings,
  openCouchStores,
  openLevelStores,
  type Stores,
  setUpCouch,
  tearDownCouch,
} from '@sotto/store';

/** Where a server keeps what is durable. */
export interface Place {
  readonly folder: string;
  /** Prefix of its databases in the CouchDB that `COUCHDB_URL` names, which Sotto takes instead. */
  readonly couch?: string;
}

const SHARDS = 4;

/** @throws RangeError without a CouchDB */
function settingsOf(prefix: string) {
  return couchSettings(process.env.COUCHDB_URL ?? '', { prefix, shards: SHARDS });
}

/** A prefix that nobody has. */
export function freshPrefix(): string {
  return `sotto-bench-${randomBytes(6).toString('hex')}`;
}

/** Opens Sotto's stores, and makes them where there are none. */
export async function openPlace({ folder, couch }: Place): Promise<Stores> {
  if (couch === undefined) return openLevelStores(folder);
  await setUpCouch(settingsOf(couch));
  return openCouchStores(settingsOf(couch));
}

/** Deletes all of it. */
export async function removePlace({ folder, couch }: Place): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  if (couch !== undefined) await tearDownCouch(settingsOf(couch));
}
