import { forgetDeleted, stretchesAround } from '../level/compacting.js';
import type { Database, Sublevel } from '../level/database.js';
import { openSublevel } from '../level/database.js';
import { COUNTER, endOfPrefix } from './claim-record.js';

const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() };

/** What a key that counts up (see keys.ts) begins with, or undefined for any other. */
function countedPrefix(key: string): string | undefined {
  return COUNTER.exec(key)?.[1];
}

/**
 * Of keys that count up the newest, by what they begin with: written with them, so that the one question that is asked of them
 * all the time (which lease, which list of members counts?) is two looks without a thread in between, instead of a range.
 */
export class NewestKeys {
  readonly #database: Database;
  readonly #newest: Sublevel;
  readonly #confirmed: Sublevel;

  /** @param confirmed where the keys themselves are */
  constructor(database: Database, confirmed: Sublevel) {
    this.#database = database;
    this.#confirmed = confirmed;
    this.#newest = openSublevel(database, 'newest');
  }

  /** Value of the newest key that begins so; undefined says nothing: there may be one all the same, to be found by its range. */
  peek(prefix: string): [key: string, value: Uint8Array] | undefined {
    if (this.#database.status !== 'open') return undefined;
    const newest = this.#newest.getSync(prefix);
    const key = newest && utf8.decode.decode(newest);
    const value = key && this.#confirmed.getSync(key);
    return value ? [key, value] : undefined;
  }

  /**
   * Changes that belong into the same write.
   * @param there whether each key that changes is there afterwards
   */
  async changes(there: ReadonlyMap<string, boolean>) {
    const counted = new Map<string, string[]>();
    for (const key of there.keys()) {
      const prefix = countedPrefix(key);
      if (prefix !== undefined) counted.set(prefix, [...(counted.get(prefix) ?? []), key]);
    }
    return Promise.all(
      [...counted].map(async ([prefix, keys]) => {
        const before = await this.#before(prefix, keys, there);
        const newest = [...keys.filter((key) => there.get(key)), ...(before ? [before] : [])].sort().at(-1);
        const value = newest === undefined ? {} : { value: utf8.encode.encode(newest) };
        return { sublevel: this.#newest, key: prefix, ...value };
      }),
    );
  }

  /** Leaves nothing in the files of what was deleted with these keys. */
  async forget(keys: readonly string[]): Promise<void> {
    const prefixes = keys.flatMap((key) => countedPrefix(key) ?? []);
    if (prefixes.length > 0) await forgetDeleted(this.#database, [this.#newest], stretchesAround(prefixes));
  }

  /** The newest that is there already and stays. */
  async #before(
    prefix: string,
    keys: readonly string[],
    there: ReadonlyMap<string, boolean>,
  ): Promise<string | undefined> {
    const stored = await this.#newest.get(prefix);
    const known = stored && utf8.decode.decode(stored);
    if (known === undefined || there.get(known) !== false) return known;
    const range = { gte: prefix, lt: endOfPrefix(prefix), reverse: true, limit: keys.length + 1 };
    const last = await this.#confirmed.keys(range).all();
    return last.find((key) => there.get(key) !== false);
  }
}
