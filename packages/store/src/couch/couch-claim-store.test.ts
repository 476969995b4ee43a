import { suite } from 'uvu';
import { claimStoreSuite } from '../claims/claim-store-suite.js';
import { openCouchStores } from '../open-couch.js';
import { COUCH_SERVERS, testSettings } from '../testing/couch-servers.js';
import { setUpCouch, tearDownCouch } from './set-up.js';

for (const { name, urls } of COUCH_SERVERS) {
  if (urls) run(name, urls);
  else skip(name);
}

function run(name: string, urls: string): void {
  claimStoreSuite(name, async (now) => {
    // The suite's keys come again in every test.
    const settings = testSettings(urls, { shards: 1 });
    await setUpCouch(settings);
    let stores = await openCouchStores(settings, { now });
    return {
      store: stores.claims,
      async reopen() {
        await stores.close();
        stores = await openCouchStores(settings, { now, firstNode: 1 });
        return stores.claims;
      },
      async destroy() {
        await stores.close();
        await tearDownCouch(settings);
      },
    };
  });
}

function skip(name: string): void {
  const test = suite(`claim store: ${name}`);
  test.skip('no URL was given');
  test.run();
}
