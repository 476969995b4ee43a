import type { Profiles } from '@sotto/client';
import type { DeviceStores } from '@sotto/client/store/node';
import { openNodeProfiles } from '@sotto/client/store/node';

/** The stores of a running device, for a test to lose things in. */
export interface StoresWithin {
  /** For `PersonOptions.profiles`. */
  readonly profiles: (folder: string) => Promise<Profiles>;
  readonly now: DeviceStores;
  /** Forgets everything in the key store whose name begins so. @returns what was there */
  forget(prefix: string): Promise<[string, Uint8Array][]>;
}

export function storesWithin(): StoresWithin {
  let stores: DeviceStores | undefined;
  const within: StoresWithin = {
    profiles: (folder) =>
      openNodeProfiles(folder, (opened) => {
        stores = opened;
        return opened;
      }),
    get now() {
      if (!stores) throw new Error('no stores are open');
      return stores;
    },
    async forget(prefix) {
      const entries = await within.now.keys.list(prefix);
      await within.now.keys.write(entries.map(([key]) => ({ key, value: undefined })));
      return entries;
    },
  };
  return within;
}
