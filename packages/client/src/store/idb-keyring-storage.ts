import { openDB } from 'idb';
import { writeStrictly } from './idb-transaction.js';
import type { KeyringStorage } from './keyring-storage.js';

const KEYRING = 'keyring';
const RECORD = 'record';
const WRAPPING_KEY = 'wrapping-key';

/**
 * A keyring in IndexedDB. Its wrapping key is a non-extractable CryptoKey: script can use it, never read it.
 * @param name of the database
 */
export async function openIdbKeyringStorage(name: string): Promise<KeyringStorage> {
  const db = await openDB(name, 1, {
    upgrade: (database) => void database.createObjectStore(KEYRING),
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  return {
    async read() {
      const { store } = db.transaction(KEYRING, 'readonly');
      const [record, wrappingKey] = await Promise.all([store.get(RECORD), store.get(WRAPPING_KEY)]);
      return record && { record, wrappingKey };
    },
    write: (state) =>
      writeStrictly(db, KEYRING, (store, requests) => {
        requests.push(store.clear());
        if (state) requests.push(store.put(state.record.slice(), RECORD));
        if (state?.wrappingKey) requests.push(store.put(state.wrappingKey, WRAPPING_KEY));
      }),
    generateWrappingKey: () =>
      crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
    close: async () => db.close(),
  };
}
