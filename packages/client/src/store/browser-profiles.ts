import { deleteDB, type IDBPDatabase, openDB } from 'idb';
import { openBrowserStores } from './browser.js';
import { storeKeyring } from './device-lock.js';
import { openIdbKeyringStorage } from './idb-keyring-storage.js';
import { writeStrictly } from './idb-transaction.js';
import { Profiles } from './profiles.js';

const STORE = 'profiles';
const RECORD = 'record';

const NAME = 'sotto-profiles';

/** The profiles of this browser (and origin), in IndexedDB. For a page or a worker. */
export async function openBrowserProfiles(): Promise<Profiles> {
  let opened: Promise<IDBPDatabase> | undefined;
  const open = () => {
    opened ??= openDB(NAME, 1, { upgrade: (database) => void database.createObjectStore(STORE) });
    return opened;
  };
  return new Profiles({
    // Looking leaves nothing behind where nobody was.
    read: async () => (opened || (await exists()) ? (await open()).get(STORE, RECORD) : undefined),
    write: async (record) =>
      writeStrictly(await open(), STORE, (store, requests) =>
        requests.push(store.put(record.slice(), RECORD)),
      ),
    async clear() {
      (await opened)?.close();
      opened = undefined;
      await deleteDB(NAME);
    },
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

async function exists(): Promise<boolean> {
  // Firefox before 126 does not say.
  return (await indexedDB.databases?.())?.some(({ name }) => name === NAME) ?? true;
}
