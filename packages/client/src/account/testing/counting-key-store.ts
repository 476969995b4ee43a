import 'fake-indexeddb/auto';
import { openIdbKeyStore } from '../../store/idb-key-store.js';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

/** A key store that shows each batch that was written to it. */
export interface CountingKeyStore extends KeyStore {
  readonly batches: (readonly KeyWrite[])[];
}

/** The IndexedDB driver, counted. */
export async function countingKeyStore(): Promise<CountingKeyStore> {
  const inner = await openIdbKeyStore(crypto.randomUUID());
  const batches: (readonly KeyWrite[])[] = [];
  return {
    ...inner,
    batches,
    write(batch) {
      batches.push(batch);
      return inner.write(batch);
    },
  };
}
