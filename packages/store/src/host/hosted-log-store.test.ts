import { logStoreSuite } from '../log/log-store-suite.js';
import { ServedStores } from '../testing/served-stores.js';

logStoreSuite('LevelDB behind its host', async () => {
  const served = await ServedStores.start();
  let stores = await served.connect();
  return {
    store: stores.log,
    async reopen() {
      await stores.close();
      await served.close();
      await served.open();
      stores = await served.connect();
      return stores.log;
    },
    destroy: () => served.destroy(),
  };
});
