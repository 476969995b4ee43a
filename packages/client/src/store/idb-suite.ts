import idbAdapter from 'pouchdb-adapter-idb';
import { openIdbKeyStore } from './idb-key-store.js';
import { runKeyStoreSuite } from './key-store-suite.js';
import { runMessageStoreSuite } from './message-store-suite.js';
import { openPouch } from './pouch.js';
import { pouchMessageStore } from './pouch-message-store.js';
import { sealedKeyStore } from './sealed-key-store.js';

/** What every store keeps to, of those over IndexedDB: in Node over a stand-in, in Chromium over its own. */
export function runIdbSuites(): void {
  const storeKey = crypto.getRandomValues(new Uint8Array(32));

  runKeyStoreSuite('IndexedDB', async () => {
    const name = crypto.randomUUID();
    return { open: () => openIdbKeyStore(name) };
  });

  runKeyStoreSuite('IndexedDB, sealed', async () => {
    const name = crypto.randomUUID();
    return { open: async () => sealedKeyStore(await openIdbKeyStore(name), storeKey) };
  });

  runMessageStoreSuite('PouchDB over IndexedDB', async () => {
    const name = crypto.randomUUID();
    return { open: () => pouchMessageStore(openPouch(name, 'idb', idbAdapter), storeKey) };
  });
}
