import { deleteDB, openDB } from 'idb';
import { openBrowserStores } from './browser.js';
import { storeKeyring } from './device-lock.js';
import { openIdbKeyringStorage } from './idb-keyring-storage.js';
import { writeStrictly } from './idb-transaction.js';
import { Profiles } from './profiles.js';

const STORE = 'profiles';
const RECORD = 'record';

/** The profiles of this browser (and origin), in IndexedDB. For a page or a worker. */
export async function openBrowserProfiles(): Promise<Profiles> {
  const db = await openDB('sotto-profiles', 1, {
    upgrade: (database) => void database.createObjectStore(STORE),
  });
  return new Profiles({
    read: () => db.get(STORE, RECORD),
    write: (record) =>
      writeStrictly(db, STORE, (store, requests) => requests.push(store.put(record.slice(), RECORD))),
    openKeyring: async (account) => storeKeyring(await openIdbKeyringStorage(`sotto-${account}-keyring`)),
    openStores: (account, storeKey) => openBrowserStores({ name: `sotto-${account}`, storeKey }),
    async destroyStores(account) {
      await deleteDB(`sotto-${account}-keyring`);
      await deleteDB(`sotto-${account}-keys`);
      // PouchDB's name for a database of its idb adapter.
      await deleteDB(`_pouch_sotto-${account}-messages`);
    },
  });
}
