import { openLevelStores } from '../open-level.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { activityStoreSuite } from './activity-store-suite.js';

activityStoreSuite('LevelDB', async (now) => {
  const folder = await temporaryFolder();
  let stores = await openLevelStores(folder.path, { now });
  return {
    stores,
    async reopen() {
      await stores.close();
      stores = await openLevelStores(folder.path, { now });
      return stores;
    },
    async destroy() {
      await stores.close();
      await folder.remove();
    },
  };
});
