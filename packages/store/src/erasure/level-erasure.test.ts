import { openLevelStores } from '../open-level.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { erasureSuite } from './erasure-suite.js';

erasureSuite(
  'LevelDB',
  async (now) => {
    const folder = await temporaryFolder();
    const stores = await openLevelStores(folder.path, { now });
    return {
      here: stores,
      there: stores,
      async destroy() {
        await stores.close();
        await folder.remove();
      },
    };
  },
  { crashes: true },
);
