import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import leveldbAdapter from 'pouchdb-adapter-leveldb';
import { type StoreKeyring, storeKeyring } from './device-lock.js';
import { openFileKeyringStorage } from './file-keyring-storage.js';
import { openLevelKeyStore } from './level-key-store.js';
import { openPouch } from './pouch.js';
import { pouchMessageStore } from './pouch-message-store.js';
import { sealedKeyStore } from './sealed-key-store.js';
import type { DeviceStores } from './stores.js';

/**
 * Opens the stores of one device under a folder of its own; one process at a time.
 * @param options `folder`, made if it is not there; `storeKey` 32 bytes, from the keyring
 */
export async function openNodeStores(options: {
  folder: string;
  storeKey: Uint8Array;
}): Promise<DeviceStores> {
  const { folder, storeKey } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    keys: await sealedKeyStore(await openLevelKeyStore(join(folder, 'keys')), storeKey),
    messages: await pouchMessageStore(
      openPouch(join(folder, 'messages'), 'leveldb', leveldbAdapter),
      storeKey,
    ),
  };
}

/**
 * Opens the keyring in a folder, whose files only their owner may read.
 * @param options `folder`, made if it is not there
 */
export async function openNodeKeyring(options: { folder: string }): Promise<StoreKeyring> {
  return storeKeyring(await openFileKeyringStorage(options.folder));
}
