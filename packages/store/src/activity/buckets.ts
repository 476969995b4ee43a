/** Length of one bucket of server time, milliseconds. */
export const BUCKET_MS = 5 * 60_000;
const DIGITS = 9;
/** Buckets that lie in one set of databases, where rows expire by whole databases: a week. */
const WEEK = (7 * 24 * 60 * 60_000) / BUCKET_MS;

/** The bucket that a moment falls into. @param at milliseconds since 1970 */
export function bucketOf(at: number): number {
  return Math.max(0, Math.floor(at / BUCKET_MS));
}

/** The set of databases that a bucket's rows lie in. */
export function weekOf(bucket: number): number {
  return Math.floor(bucket / WEEK);
}

/** First bucket of a week. */
export function firstOf(week: number): number {
  return week * WEEK;
}

/** Written so that it sorts as it counts. */
export function bucketText(bucket: number): string {
  return String(bucket).padStart(DIGITS, '0');
}
