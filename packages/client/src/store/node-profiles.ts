import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storeKeyring } from './device-lock.js';
import { openFileKeyringStorage } from './file-keyring-storage.js';
import { openNodeStores } from './node.js';
import { Profiles } from './profiles.js';
import type { DeviceStores } from './stores.js';

/**
 * The profiles under a folder of this machine. One process at a time.
 * @param through what the stores pass through when they are opened: a test that counts or fails their writes
 */
export async function openNodeProfiles(
  folder: string,
  through: (stores: DeviceStores) => DeviceStores = (stores) => stores,
): Promise<Profiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'profiles');
  return new Profiles({
    async read() {
      try {
        return new Uint8Array(await readFile(file));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(record) {
      await writeFile(`${file}.new`, record, { mode: 0o600, flush: true });
      await rename(`${file}.new`, file);
    },
    clear: () => rm(file, { force: true }),
    openKeyring: async (account) =>
      storeKeyring(await openFileKeyringStorage(join(folder, account, 'keyring'))),
    openStores: async (account, storeKey) =>
      through(await openNodeStores({ folder: join(folder, account), storeKey })),
    destroyStores: (account) => rm(join(folder, account), { recursive: true, force: true }),
  });
}
export { openNodeStores } from './node.js';
export type { DeviceStores } from './stores.js';
