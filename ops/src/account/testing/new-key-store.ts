import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNodeStores } from '@sotto/client/store/node';

/** A key store in a folder of its own. */
export async function newKeyStore(): Promise<Awaited<ReturnType<typeof openNodeStores>>['keys']> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-account-device-'));
  const stores = await openNodeStores({ folder, storeKey: crypto.getRandomValues(new Uint8Array(32)) });
  await stores.messages.close();
  return stores.keys;
}
