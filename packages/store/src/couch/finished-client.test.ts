import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CouchStores } from '../open-couch.js';
import { openCouchStores } from '../open-couch.js';
import { startCouchPeer } from '../testing/couch-peer.js';
import { COUCH_SERVERS, testSettings } from '../testing/couch-servers.js';
import { eventually } from '../testing/eventually.js';
import { contents, freshDocument, TestFeed } from '../testing/records.js';
import { CouchClient } from './couch-client.js';
import { logDatabases } from './layout.js';
import { recordDocument, recordsPrefix } from './record-documents.js';
import { setUpCouch, tearDownCouch } from './set-up.js';

const test = suite('clients that are finished');
const EVERYTHING = new Map<number, number>();
const peer = await startCouchPeer();

for (const { name, urls } of [{ name: 'express-pouchdb', urls: peer.url }, ...COUCH_SERVERS]) {
  if (!urls) {
    test.skip(`S5 ${name}: no URL was given`);
    continue;
  }
  test(`S5 where two servers took two bodies, no server takes more of that client, after a restart either: ${name}`, async () => {
    const settings = testSettings(urls, { shards: 1 });
    await setUpCouch(settings);
    const [first, second] = [
      await openCouchStores(settings),
      await openCouchStores(settings, { firstNode: 1 }),
    ];
    const feed = new TestFeed(freshDocument(), 9);
    const other = new TestFeed(feed.document, 10);
    await first.log.append([...feed.records(0, 5), other.record(0)]);
    first.log.tail(() => undefined);
    await takeRival(settings, feed);
    await eventually(async () => (await goOn(first, feed)) === 'fork');
    // The other one was told nothing, and has read nothing yet.
    assert.is(await goOn(second, feed), 'fork');
    await Promise.all([first.close(), second.close()]);
    const fresh = await openCouchStores(settings);
    assert.is(await goOn(fresh, feed), 'fork');
    const there = (await fresh.log.read(feed.document, EVERYTHING)).filter(({ client }) => client === 9);
    assert.equal(await fresh.log.append([other.record(1)]), ['stored'], 'others go on');
    assert.is(new Set(contents(there)).size, there.length);
    await fresh.close();
    await tearDownCouch(settings);
  });
}
test('express-pouchdb stops', () => peer.stop());
test.run();

/** Appends the next record of the feed. */
async function goOn({ log }: CouchStores, feed: TestFeed): Promise<unknown> {
  const next = (await log.stateVector(feed.document)).get(feed.client)!;
  return (await log.append([feed.record(next)]))[0];
}

/** As a second node would have taken it at the same moment. */
async function takeRival(settings: Parameters<typeof setUpCouch>[0], feed: TestFeed): Promise<void> {
  const client = new CouchClient(settings);
  const rival = recordDocument(recordsPrefix(feed.document), feed.record(2, 'a rival'));
  const docs = [{ ...rival, _rev: '1-00000000000000000000000000000001' }];
  await client.ask({
    method: 'POST',
    path: `${logDatabases(settings)[0]}/_bulk_docs`,
    body: { new_edits: false, docs },
  });
  client.close();
}
