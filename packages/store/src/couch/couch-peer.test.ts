import { suite } from 'uvu';
import { claimStoreSuite } from '../claims/claim-store-suite.js';
import { logStoreSuite } from '../log/log-store-suite.js';
import { openCouchStores } from '../open-couch.js';
import { startCouchPeer } from '../testing/couch-peer.js';
import { testSettings } from '../testing/couch-servers.js';
import { setUpCouch } from './set-up.js';

const peer = await startCouchPeer();

logStoreSuite('express-pouchdb', async () => {
  const settings = testSettings(peer.url);
  await setUpCouch(settings);
  let stores = await openCouchStores(settings);
  return {
    store: stores.log,
    async reopen() {
      await stores.close();
      stores = await openCouchStores(settings);
      return stores.log;
    },
    destroy: () => stores.close(),
  };
});

claimStoreSuite('express-pouchdb', async (now) => {
  const settings = testSettings(peer.url, { shards: 1 });
  await setUpCouch(settings);
  let stores = await openCouchStores(settings, { now });
  return {
    store: stores.claims,
    async reopen() {
      await stores.close();
      stores = await openCouchStores(settings, { now });
      return stores.claims;
    },
    destroy: () => stores.close(),
  };
});

const last = suite('express-pouchdb, afterwards');
last('it stops', () => peer.stop());
last.run();
