import { openLevelStores } from '../open-level.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { claimStoreSuite } from './claim-store-suite.js';

claimStoreSuite('LevelDB', async (now) => {
  const folder = await temporaryFolder();
  let stores = await openLevelStores(folder.path, { now });
  return {
    store: stores.claims,
    async reopen() {
      await stores.close();
      stores = await openLevelStores(folder.path, { now });
      return stores.claims;
    },
    async destroy() {
      await stores.close();
      await folder.remove();
    },
  };
});
