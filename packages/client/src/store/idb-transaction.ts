import type { IDBPDatabase, IDBPObjectStore } from 'idb';

type Writable = IDBPObjectStore<unknown, [string], string, 'readwrite'>;

/**
 * Runs requests in one transaction of strict durability: all of them hold, or none.
 * @param begin begins every request at once
 * @throws what a request or the transaction failed with, after it was undone
 */
export async function writeStrictly(
  db: IDBPDatabase,
  storeName: string,
  begin: (store: Writable, requests: Promise<unknown>[]) => void,
): Promise<void> {
  const transaction = db.transaction(storeName, 'readwrite', { durability: 'strict' });
  const requests: Promise<unknown>[] = [transaction.done];
  try {
    begin(transaction.store, requests);
    await Promise.all(requests);
  } catch (error) {
    // A request that cannot even begin (no room, not cloneable) does not undo the ones before it by itself.
    await abort(transaction, requests);
    throw error;
  }
}

async function abort(transaction: { abort(): void }, requests: readonly Promise<unknown>[]): Promise<void> {
  try {
    transaction.abort();
  } catch {
    // It has ended by its own failure.
  }
  await Promise.allSettled(requests);
}
