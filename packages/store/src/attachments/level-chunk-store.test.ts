import { openLevelStores } from '../open-level.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { chunkStoreSuite } from './chunk-store-suite.js';

chunkStoreSuite('LevelDB', async () => {
  const folder = await temporaryFolder();
  let stores = await openLevelStores(folder.path);
  return {
    store: stores.chunks,
    async reopen() {
      await stores.close();
      stores = await openLevelStores(folder.path);
      return stores.chunks;
    },
    async destroy() {
      await stores.close();
      await folder.remove();
    },
  };
});
