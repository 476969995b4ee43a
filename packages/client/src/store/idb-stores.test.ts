import 'fake-indexeddb/auto';
import { randomUUID } from 'node:crypto';
import idbAdapter from 'pouchdb-adapter-idb';
import { openIdbKeyStore } from './idb-key-store.js';
import { runKeyStoreSuite } from './key-store-suite.js';
import { runMessageStoreSuite } from './message-store-suite.js';
import { openPouch } from './pouch.js';
import { pouchMessageStore } from './pouch-message-store.js';
import { sealedKeyStore } from './sealed-key-store.js';

// PouchDB reads it when it opens IndexedDB; Node 20 has none.
Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node' }, configurable: true });

const storeKey = crypto.getRandomValues(new Uint8Array(32));

runKeyStoreSuite('IndexedDB', async () => {
  const name = randomUUID();
  return { open: () => openIdbKeyStore(name) };
});

runKeyStoreSuite('IndexedDB, sealed', async () => {
  const name = randomUUID();
  return { open: async () => sealedKeyStore(await openIdbKeyStore(name), storeKey) };
});

runMessageStoreSuite('PouchDB over IndexedDB', async () => {
  const name = randomUUID();
  return { open: () => pouchMessageStore(openPouch(name, 'idb', idbAdapter), storeKey) };
});
