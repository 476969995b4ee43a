import { suite } from 'uvu';
import { logStoreSuite } from '../log/log-store-suite.js';
import { openCouchStores } from '../open-couch.js';
import { COUCH_SERVERS, testSettings } from '../testing/couch-servers.js';
import { setUpCouch, tearDownCouch } from './set-up.js';

for (const { name, urls } of COUCH_SERVERS) {
  if (urls) run(name, urls);
  else skip(name);
}

function run(name: string, urls: string): void {
  const settings = testSettings(urls);
  let made = false;
  let node = 0;
  logStoreSuite(name, async () => {
    if (!made) await setUpCouch(settings);
    made = true;
    // Another node each time, so that what one acknowledged is read by another.
    const open = () => openCouchStores(settings, { firstNode: node++ % settings.urls.length });
    let stores = await open();
    return {
      store: stores.log,
      async reopen() {
        await stores.close();
        stores = await open();
        return stores.log;
      },
      destroy: () => stores.close(),
    };
  });
  const last = suite(`log store: ${name}, afterwards`);
  last('everything is deleted again', () => tearDownCouch(settings));
  last.run();
}

function skip(name: string): void {
  const test = suite(`log store: ${name}`);
  test.skip('no URL was given');
  test.run();
}
