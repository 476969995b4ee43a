import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNodeStores } from '../node.js';
import type { DeviceStores } from '../stores.js';

/** A device's sealed stores in a folder that goes away with the test. */
export interface TemporaryStores extends DeviceStores {
  /** Closes them and opens them again from what is on disk. */
  reopen(): Promise<TemporaryStores>;
  /** Closes and deletes them. */
  remove(): Promise<void>;
}

const storeKey = crypto.getRandomValues(new Uint8Array(32));

/** Opens the stores that a device in Node has. */
export async function temporaryStores(): Promise<TemporaryStores> {
  return openIn(await mkdtemp(join(tmpdir(), 'sotto-client-')));
}

async function openIn(folder: string): Promise<TemporaryStores> {
  const stores = await openNodeStores({ folder, storeKey });
  const close = async () => {
    await stores.keys.close();
    await stores.messages.close();
  };
  return {
    ...stores,
    async reopen() {
      await close();
      return openIn(folder);
    },
    async remove() {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
