import { claimStoreSuite } from '../claims/claim-store-suite.js';
import { ServedStores } from '../testing/served-stores.js';

claimStoreSuite('LevelDB behind its host', async (now) => {
  const served = await ServedStores.start({ level: { now } });
  let stores = await served.connect();
  return {
    store: stores.claims,
    async reopen() {
      await stores.close();
      await served.close();
      await served.open();
      stores = await served.connect();
      return stores.claims;
    },
    destroy: () => served.destroy(),
  };
});
