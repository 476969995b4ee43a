import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import leveldbAdapter from 'pouchdb-adapter-leveldb';
import type { KeyStore } from '../key-store.js';
import { openLevelKeyStore } from '../level-key-store.js';
import { openPouch } from '../pouch.js';
import { type SealedDocuments, sealedDocuments } from '../pouch-documents.js';

/** A device's two stores, by the very drivers of the sealed ones. */
export interface UnsealedStores {
  readonly keys: KeyStore;
  readonly documents: SealedDocuments;
  close(): Promise<void>;
}

/** Opens stores that keep what they are given as it is: what a scan of the sealed ones would find, were they not. */
export async function openUnsealedStores(folder: string): Promise<UnsealedStores> {
  await mkdir(folder, { recursive: true });
  const keys = await openLevelKeyStore(join(folder, 'keys'));
  const pouch = openPouch(join(folder, 'messages'), 'leveldb', leveldbAdapter);
  const asItIs = async (_name: string, value: Uint8Array) => new Uint8Array(value);
  return {
    keys,
    documents: sealedDocuments(pouch, { seal: asItIs, open: asItIs }),
    async close() {
      await keys.close();
      await pouch.close();
    },
  };
}
