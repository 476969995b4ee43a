import { suite } from 'uvu';
import { erasureSuite } from '../erasure/erasure-suite.js';
import { openCouchStores } from '../open-couch.js';
import { startCouchPeer } from '../testing/couch-peer.js';
import { COUCH_SERVERS, testSettings } from '../testing/couch-servers.js';
import { setUpCouch, tearDownCouch } from './set-up.js';

const peer = await startCouchPeer();

for (const { name, urls } of [{ name: 'express-pouchdb', urls: peer.url }, ...COUCH_SERVERS]) {
  if (urls) run(name, urls);
}

const last = suite('express-pouchdb, afterwards');
last('it stops', () => peer.stop());
last.run();

function run(name: string, urls: string): void {
  const settings = testSettings(urls);
  let made: Promise<unknown> | undefined;
  erasureSuite(name, async (now) => {
    made ??= setUpCouch(settings);
    await made;
    const [here, there] = await Promise.all(
      [0, 1].map((firstNode) => openCouchStores(settings, { firstNode, now })),
    );
    return {
      here: here!,
      there: there!,
      destroy: async () => void (await Promise.all([here!.close(), there!.close()])),
    };
  });
  const after = suite(`erasure: ${name}, afterwards`);
  after('everything is deleted again', () => tearDownCouch(settings));
  after.run();
}
