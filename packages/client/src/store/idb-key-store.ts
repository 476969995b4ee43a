import { deleteDB, openDB } from 'idb';
import { writeStrictly } from './idb-transaction.js';
import { assertKey, prefixRange } from './key-names.js';
import type { KeyStore } from './key-store.js';

const ENTRIES = 'entries';

/**
 * Opens a key store over IndexedDB; each write is one transaction with strict durability.
 * @param name of the database
 */
export async function openIdbKeyStore(name: string): Promise<KeyStore> {
  const db = await openDB(name, 1, {
    upgrade: (database) => void database.createObjectStore(ENTRIES),
    // Somebody deletes the database: stand in nobody's way.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  const begin = () => db.transaction(ENTRIES, 'readonly').store;
  /** What is read at once is read in one transaction: each costs more than what is read in it. */
  let reading: ReturnType<typeof begin> | undefined;
  const read = () => {
    if (!reading) {
      reading = begin();
      queueMicrotask(() => {
        reading = undefined;
      });
    }
    return reading;
  };
  return {
    get: async (key) => read().get(key),
    async list(prefix) {
      const { first, last } = prefixRange(prefix);
      const entries: [string, Uint8Array][] = [];
      const transaction = db.transaction(ENTRIES, 'readonly');
      const range = IDBKeyRange.bound(first, last);
      const [keys, values] = await Promise.all([
        transaction.store.getAllKeys(range),
        transaction.store.getAll(range),
      ]);
      keys.forEach((key, index) => {
        entries.push([key as string, values[index] as Uint8Array]);
      });
      return entries;
    },
    async write(batch) {
      for (const { key } of batch) assertKey(key);
      // What is read from now on comes after it.
      reading = undefined;
      await writeStrictly(db, ENTRIES, (store, requests) => {
        for (const { key, value } of batch) {
          // A copy: cloning a view would store the whole buffer under it.
          requests.push(value ? store.put(value.slice(), key) : store.delete(key));
        }
      });
    },
    close: async () => db.close(),
    async destroy() {
      db.close();
      await deleteDB(name);
    },
  };
}
