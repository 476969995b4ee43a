import { claimServersSuite } from '../claims/claim-servers-suite.js';
import { logServersSuite } from '../log/log-servers-suite.js';
import { ServedStores } from '../testing/served-stores.js';

async function open() {
  const served = await ServedStores.start();
  const servers = await Promise.all([served.connect(), served.connect(), served.connect()]);
  return { servers, destroy: () => served.destroy() };
}

logServersSuite('LevelDB behind its host', async () => {
  const { servers, destroy } = await open();
  return { stores: servers.map(({ log }) => log), destroy };
});

claimServersSuite('LevelDB behind its host', async () => {
  const { servers, destroy } = await open();
  return { stores: servers.map(({ claims }) => claims), destroy };
});
