import { activityStoreSuite } from '../activity/activity-store-suite.js';
import { ServedStores } from '../testing/served-stores.js';

activityStoreSuite('LevelDB behind its host', async (now) => {
  const served = await ServedStores.start({ level: { now } });
  let stores = await served.connect();
  return {
    stores,
    async reopen() {
      await stores.close();
      await served.close();
      await served.open();
      stores = await served.connect();
      return stores;
    },
    destroy: () => served.destroy(),
  };
});
