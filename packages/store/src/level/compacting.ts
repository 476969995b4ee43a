import type { Database, Sublevel } from './database.js';
import { writeDurably } from './database.js';

/** Half-open range of keys of a sublevel. */
export interface Stretch {
  readonly gte: string;
  readonly lt: string;
}

/** Characters of what tells keys of one kind apart that a stretch goes by. */
const NAMED = 2;

/**
 * The stretch of keys around one that is to be forgotten.
 * @param kind what the key and its neighbours begin with, such as `m.`
 */
export function stretchAround(key: string, kind: string): Stretch {
  const gte = key.slice(0, kind.length + NAMED);
  return { gte, lt: after(gte) };
}

/** Stretches of one kind above which all of the kind is one. */
const MOST_STRETCHES = 4;

/**
 * The stretches around keys, each of which begins with its family.
 * @example stretchesAround(['member:x:y'])
 */
export function stretchesAround(keys: readonly string[]): Stretch[] {
  const families = new Map<string, Map<string, Stretch>>();
  for (const key of keys) {
    const family = key.slice(0, key.indexOf(':') + 1);
    const stretch = stretchAround(key, family);
    families.set(family, (families.get(family) ?? new Map()).set(stretch.gte, stretch));
  }
  return [...families].flatMap(([family, stretches]) =>
    stretches.size > MOST_STRETCHES ? [{ gte: family, lt: after(family) }] : [...stretches.values()],
  );
}

/** What every key that begins so comes before. */
function after(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

/**
 * Makes LevelDB forget the bytes of what was deleted in stretches of keys. Deleting hides them; compacting drops them, but for
 * two cases that this sees to:
 * - What was written and deleted since the last table was made goes into one table together, perhaps onto the lowest level there
 *   is, which LevelDB never compacts by itself. Deletions written once more lie above that table, so that the next compaction
 *   merges the two.
 * - LevelDB writes the ends of what it compacts into its own log: stretches should be wide enough to name nobody.
 */
export async function forgetDeleted(
  database: Database,
  sublevels: readonly Sublevel[],
  stretches: readonly Stretch[],
): Promise<void> {
  const places = sublevels.flatMap((sublevel) => stretches.map((stretch) => ({ sublevel, ...stretch })));
  const [first] = places;
  if (!first) return;
  // Whatever is asked for, all that was written becomes a table.
  await compact(database, first);
  // Of keys that nobody has: nothing but deletions lies at either end.
  await writeDurably(
    database,
    places.flatMap(({ sublevel, gte, lt }) => [gte, lt].map((key) => ({ sublevel, key }))),
  );
  for (const place of places) await compact(database, place);
}

/** An operation of LevelDB's own, which the type of any level leaves out. */
interface Compacting {
  compactRange(from: string, to: string, options: { keyEncoding: 'utf8' }): Promise<void>;
}

async function compact(
  database: Database,
  { sublevel, gte, lt }: Stretch & { readonly sublevel: Sublevel },
): Promise<void> {
  const [from, to] = [sublevel.prefixKey(gte, 'utf8'), sublevel.prefixKey(lt, 'utf8')];
  await (database as unknown as Compacting).compactRange(from, to, { keyEncoding: 'utf8' });
}
