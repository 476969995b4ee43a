import type { LogName } from '@sotto/protocol';
import type { ActivityRow } from './activity-store.js';
import { bucketText } from './buckets.js';

/** `<bucket>/<log>`: the whole row. */
export function rowKey({ log, bucket }: ActivityRow): string {
  return `${bucketText(bucket)}/${log}`;
}

/** What {@link rowKey} made. */
export function parseRowKey(key: string): ActivityRow {
  const at = key.indexOf('/');
  return { bucket: Number(key.slice(0, at)), log: key.slice(at + 1) as LogName };
}

/** Ends a range of keys that begins with those of `bucket`. */
export function beforeBucket(bucket: number): string {
  return `${bucketText(bucket)}/`;
}
