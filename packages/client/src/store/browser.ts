import idbAdapter from 'pouchdb-adapter-idb';
import { type StoreKeyring, storeKeyring } from './device-lock.js';
import { openIdbKeyStore } from './idb-key-store.js';
import { openIdbKeyringStorage } from './idb-keyring-storage.js';
import { openPouch } from './pouch.js';
import { pouchMessageStore } from './pouch-message-store.js';
import { sealedKeyStore } from './sealed-key-store.js';
import type { DeviceStores } from './stores.js';

/**
 * Opens this browser's stores of one device, in a page or a worker.
 * @param options `name` of this device in this browser; `storeKey` 32 bytes, from the keyring
 */
export async function openBrowserStores(options: {
  name: string;
  storeKey: Uint8Array;
}): Promise<DeviceStores> {
  const { name, storeKey } = options;
  return {
    keys: await sealedKeyStore(await openIdbKeyStore(`${name}-keys`), storeKey),
    messages: await pouchMessageStore(openPouch(`${name}-messages`, 'idb', idbAdapter), storeKey),
  };
}

/**
 * Opens this browser's keyring.
 * @param options `name` of the keyring in this browser
 */
export async function openBrowserKeyring(options: { name: string }): Promise<StoreKeyring> {
  return storeKeyring(await openIdbKeyringStorage(`${options.name}-keyring`));
}
