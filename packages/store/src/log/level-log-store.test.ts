import { openLevelStores } from '../open-level.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { logStoreSuite } from './log-store-suite.js';

logStoreSuite('LevelDB', async () => {
  const folder = await temporaryFolder();
  let stores = await openLevelStores(folder.path);
  return {
    store: stores.log,
    async reopen() {
      await stores.close();
      stores = await openLevelStores(folder.path);
      return stores.log;
    },
    async destroy() {
      await stores.close();
      await folder.remove();
    },
  };
});
