import type { KeyStore } from './key-store.js';
import { createSealer } from './sealing.js';

/**
 * A key store whose values are sealed before `inner` sees them. Keys stay readable: they hold opaque ids only.
 * Reads throw StoreError `store/unopenable` where a value does not open under this store key and this name.
 * @param storeKey 32 bytes
 */
export async function sealedKeyStore(inner: KeyStore, storeKey: Uint8Array): Promise<KeyStore> {
  const sealer = await createSealer(storeKey, 'Sotto key store v1');
  // Sealing takes as long as it takes: without a queue, the older of two writes of one key could be the last to land.
  let last: Promise<unknown> = Promise.resolve();
  return {
    async get(key) {
      const sealed = await inner.get(key);
      return sealed && sealer.open(key, sealed);
    },
    async list(prefix) {
      const entries = await inner.list(prefix);
      return Promise.all(
        entries.map(
          async ([key, sealed]): Promise<[string, Uint8Array]> => [key, await sealer.open(key, sealed)],
        ),
      );
    },
    write(batch) {
      const sealed = Promise.all(
        batch.map(async ({ key, value }) => ({ key, value: value && (await sealer.seal(key, value)) })),
      );
      const written = Promise.all([sealed, last]).then(([ready]) => inner.write(ready));
      last = written.catch(() => undefined);
      return written;
    },
    close: () => inner.close(),
    destroy: () => inner.destroy(),
  };
}
