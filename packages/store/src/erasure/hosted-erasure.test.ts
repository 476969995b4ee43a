import { ServedStores } from '../testing/served-stores.js';
import { erasureSuite } from './erasure-suite.js';

erasureSuite('LevelDB behind its host', async (now) => {
  const served = await ServedStores.start({ level: { now } });
  const [here, there] = [await served.connect(), await served.connect()];
  return { here, there, destroy: () => served.destroy() };
});
