import { suite } from 'uvu';
import { attachmentsSuite } from '../attachments/attachments-suite.js';
import { chunkStoreSuite } from '../attachments/chunk-store-suite.js';
import { openCouchStores } from '../open-couch.js';
import { startCouchPeer } from '../testing/couch-peer.js';
import { COUCH_SERVERS, testSettings } from '../testing/couch-servers.js';
import { setUpCouch, tearDownCouch } from './set-up.js';

const peer = await startCouchPeer();

for (const { name, urls } of [{ name: 'express-pouchdb', urls: peer.url }, ...COUCH_SERVERS]) {
  if (urls) run(name, urls);
  else skip(name);
}

const last = suite('express-pouchdb, afterwards');
last('it stops', () => peer.stop());
last.run();

function run(name: string, urls: string): void {
  chunkStoreSuite(name, async () => {
    const settings = testSettings(urls);
    await setUpCouch(settings);
    let stores = await openCouchStores(settings);
    return {
      store: stores.chunks,
      async reopen() {
        await stores.close();
        // Another node, so that what one acknowledged is read by another.
        stores = await openCouchStores(settings, { firstNode: 1 });
        return stores.chunks;
      },
      async destroy() {
        await stores.close();
        await tearDownCouch(settings);
      },
    };
  });
  attachmentsSuite(name, async (now) => {
    const settings = testSettings(urls);
    await setUpCouch(settings);
    const { claims, chunks, close } = await openCouchStores(settings, { now });
    return {
      claims,
      chunks,
      async destroy() {
        await close();
        await tearDownCouch(settings);
      },
    };
  });
}

function skip(name: string): void {
  const test = suite(`attachments: ${name}`);
  test.skip('no URL was given');
  test.run();
}
