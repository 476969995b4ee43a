import { Level } from 'level';
import { assertKey, prefixRange } from './key-names.js';
import type { KeyStore, KeyWrite } from './key-store.js';
import { mendedAfterFailure } from './level-mending.js';

/**
 * Opens a key store over LevelDB; each write is one synchronous batch.
 * @param folder of its own; made if it is not there
 */
export async function openLevelKeyStore(folder: string): Promise<KeyStore> {
  const db = new Level<string, Uint8Array>(folder, { keyEncoding: 'utf8', valueEncoding: 'view' });
  await db.open();
  const mending = mendedAfterFailure(db);
  return {
    // A copy, for what the driver returns may be a Node Buffer.
    async get(key) {
      await mending.readable();
      const value = await db.get(key);
      return value && new Uint8Array(value);
    },
    async list(prefix) {
      await mending.readable();
      const { first, last } = prefixRange(prefix);
      const entries = await db.iterator({ gte: first, lte: last }).all();
      return entries.map(([key, value]) => [key, new Uint8Array(value)]);
    },
    async write(batch) {
      const operations = batch.map(operation);
      await mending.write(() => db.batch(operations, { sync: true }));
    },
    close: () => mending.close(),
    async destroy() {
      await mending.close();
      await destroyFolder(folder);
    },
  };
}

function operation({ key, value }: KeyWrite) {
  assertKey(key);
  return value ? { type: 'put' as const, key, value } : { type: 'del' as const, key };
}

/** `level` gives its Node class by its neutral type, which leaves this static out. */
function destroyFolder(folder: string): Promise<void> {
  return (Level as unknown as { destroy(location: string): Promise<void> }).destroy(folder);
}
