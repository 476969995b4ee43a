import { openLevelStores } from '../open-level.js';
import { ServedStores } from '../testing/served-stores.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { attachmentsSuite } from './attachments-suite.js';

attachmentsSuite('LevelDB', async (now) => {
  const folder = await temporaryFolder();
  const { claims, chunks, close } = await openLevelStores(folder.path, { now });
  return {
    claims,
    chunks,
    async destroy() {
      await close();
      await folder.remove();
    },
  };
});

attachmentsSuite('LevelDB behind its host', async (now) => {
  const served = await ServedStores.start({ level: { now } });
  const { claims, chunks } = await served.connect();
  return { claims, chunks, destroy: () => served.destroy() };
});
