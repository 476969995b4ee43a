import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import leveldbAdapter from 'pouchdb-adapter-leveldb';
import { runKeyStoreSuite } from './key-store-suite.js';
import { openLevelKeyStore } from './level-key-store.js';
import { runMessageStoreSuite } from './message-store-suite.js';
import { openPouch } from './pouch.js';
import { pouchMessageStore } from './pouch-message-store.js';
import { sealedKeyStore } from './sealed-key-store.js';

const storeKey = crypto.getRandomValues(new Uint8Array(32));
const newFolder = () => mkdtemp(join(tmpdir(), 'sotto-stores-'));

runKeyStoreSuite('LevelDB', async () => {
  const folder = join(await newFolder(), 'keys');
  return { open: () => openLevelKeyStore(folder) };
});

runKeyStoreSuite('LevelDB, sealed', async () => {
  const folder = join(await newFolder(), 'keys');
  return { open: async () => sealedKeyStore(await openLevelKeyStore(folder), storeKey) };
});

runMessageStoreSuite('PouchDB over LevelDB', async () => {
  const folder = join(await newFolder(), 'messages');
  return { open: () => pouchMessageStore(openPouch(folder, 'leveldb', leveldbAdapter), storeKey) };
});
