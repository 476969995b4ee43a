import { chunkStoreSuite } from '../attachments/chunk-store-suite.js';
import { ServedStores } from '../testing/served-stores.js';

chunkStoreSuite('LevelDB behind its host', async () => {
  const served = await ServedStores.start();
  let stores = await served.connect();
  return {
    store: stores.chunks,
    async reopen() {
      await stores.close();
      await served.close();
      await served.open();
      stores = await served.connect();
      return stores.chunks;
    },
    destroy: () => served.destroy(),
  };
});
