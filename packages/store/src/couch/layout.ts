import { createHash } from 'node:crypto';
import type { LogName } from '@sotto/protocol';
import type { ChunkPlace } from '../attachments/chunk-store.js';
import type { CouchSettings } from './settings.js';

/** Version of everything that this folder stores. */
export const LAYOUT = 1;

type Named = Pick<CouchSettings, 'prefix' | 'shards'>;

/** What the set-up decided, kept beside the data: the log is lost to whoever counts another number of shards. */
export function aboutDatabase({ prefix }: Named): string {
  return `${prefix}-about`;
}

export function logDatabases({ prefix, shards }: Named): string[] {
  return Array.from({ length: shards }, (_, shard) => `${prefix}-log-${shard}`);
}

/** Sealed chunks of attachments, apart: they are large, and what is deleted of them goes when a database is made anew. */
export function chunkDatabases({ prefix, shards }: Named): string[] {
  return Array.from({ length: shards }, (_, shard) => `${prefix}-chunks-${shard}`);
}

/** What data centres take from each other: written once, by ids and bodies that are the same wherever they are written. */
export function sharedDatabases(settings: Named): string[] {
  return [...logDatabases(settings), ...chunkDatabases(settings)];
}

/**
 * Families of claims that have a database of their own, because what is spent leaves traces there that go when the
 * database is made anew: one-time keys, mails, sessions and what belongs to them, attachments.
 */
const BRISK: Readonly<Record<string, string>> = {
  prekey: 'prekeys',
  'prekey-taken': 'prekeys',
  mail: 'mails',
  'mail-lease': 'mails',
  mailbox: 'mails',
  session: 'sessions',
  'session-device': 'sessions',
  'session-ended': 'sessions',
  'account-session': 'sessions',
  refresh: 'sessions',
  lease: 'sessions',
  attachment: 'attachments',
  'attachment-use': 'attachments',
  'attachment-due': 'attachments',
  'attachment-fate': 'attachments',
};
const LASTING = 'lasting';

/** Names of the databases of claims. */
export function claimDatabases({ prefix }: Named): string[] {
  return [LASTING, ...new Set(Object.values(BRISK))].map((part) => `${prefix}-claims-${part}`);
}

/** The database of a claim's key, or of all keys with a prefix that names its family (`<family>:`). */
export function claimDatabase({ prefix }: Named, key: string): string {
  const family = key.slice(0, key.indexOf(':'));
  return `${prefix}-claims-${BRISK[family] ?? LASTING}`;
}

/** Activity rows of a week, cut like the log: a week that is over is dropped as databases. */
export function activityDatabase({ prefix }: Named, week: number, shard: number): string {
  return `${prefix}-activity-${week}-${shard}`;
}

/** Week in a name that {@link activityDatabase} made; undefined for any other database. */
export function activityWeek({ prefix }: Named, name: string): number | undefined {
  const start = `${prefix}-activity-`;
  const [week, shard, ...more] = name.startsWith(start) ? name.slice(start.length).split('-') : [];
  return week && shard && more.length === 0 && /^\d+$/.test(week + shard) ? Number(week) : undefined;
}

/** The shard that a log, or the chunks of an upload, lie in, whole: the first 32 bits of SHA-256 of its name, modulo the number of shards. */
export function shardOf(log: LogName | ChunkPlace, shards: number): number {
  return createHash('sha256').update(log).digest().readUInt32BE(0) % shards;
}
