import { suite } from 'uvu';
import { claimServersSuite } from '../claims/claim-servers-suite.js';
import { logServersSuite } from '../log/log-servers-suite.js';
import { openCouchStores } from '../open-couch.js';
import { startCouchPeer } from '../testing/couch-peer.js';
import { COUCH_SERVERS, testSettings } from '../testing/couch-servers.js';
import { setUpCouch, tearDownCouch } from './set-up.js';

const SERVERS = 3;
const peer = await startCouchPeer();

for (const { name, urls } of [{ name: 'express-pouchdb', urls: peer.url }, ...COUCH_SERVERS]) {
  if (urls) run(name, urls);
  else skip(name);
}

const last = suite('express-pouchdb, afterwards');
last('it stops', () => peer.stop());
last.run();

function run(name: string, urls: string): void {
  const settings = testSettings(urls);
  let made: Promise<unknown> | undefined;
  const open = async () => {
    made ??= setUpCouch(settings);
    await made;
    const servers = await Promise.all(
      Array.from({ length: SERVERS }, (_, firstNode) => openCouchStores(settings, { firstNode })),
    );
    return {
      servers,
      destroy: async () => void (await Promise.all(servers.map((server) => server.close()))),
    };
  };
  logServersSuite(name, async () => {
    const { servers, destroy } = await open();
    return { stores: servers.map(({ log }) => log), destroy };
  });
  claimServersSuite(name, async () => {
    const { servers, destroy } = await open();
    return { stores: servers.map(({ claims }) => claims), destroy };
  });
  const after = suite(`${name}, afterwards`);
  after('everything is deleted again', () => tearDownCouch(settings));
  after.run();
}

function skip(name: string): void {
  const test = suite(`several servers: ${name}`);
  test.skip('no URL was given');
  test.run();
}
