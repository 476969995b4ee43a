import { parseDocumentName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { activityStoreSuite } from '../activity/activity-store-suite.js';
import { BUCKET_MS, bucketOf, weekOf } from '../activity/buckets.js';
import { openCouchStores } from '../open-couch.js';
import { codeOf } from '../testing/code-of.js';
import { startCouchPeer } from '../testing/couch-peer.js';
import { COUCH_SERVERS, testSettings } from '../testing/couch-servers.js';
import { startFaultProxy } from '../testing/fault-proxy.js';
import { freshDocument, TestFeed } from '../testing/records.js';
import { CouchClient } from './couch-client.js';
import { activityDatabases, setUpCouch, tearDownCouch } from './set-up.js';

const peer = await startCouchPeer();
for (const { name, urls } of [{ name: 'express-pouchdb', urls: peer.url }, ...COUCH_SERVERS]) {
  if (urls) rowsOn(name, urls);
  else skip(name);
}
const last = suite('express-pouchdb, afterwards');
last('it stops', () => peer.stop());
last.run();

function rowsOn(name: string, urls: string): void {
  let node = 0;
  activityStoreSuite(name, async (now) => {
    const settings = testSettings(urls);
    await setUpCouch(settings);
    // Another node each time, so that what one acknowledged is read by another.
    const open = () => openCouchStores(settings, { now, firstNode: node++ % settings.urls.length });
    let stores = await open();
    return {
      stores,
      async reopen() {
        await stores.close();
        stores = await open();
        return stores;
      },
      async destroy() {
        await stores.close();
        await tearDownCouch(settings);
      },
    };
  });
  faultsOn(name, urls.split(',')[0]!);
}

function faultsOn(name: string, target: string): void {
  const test = suite(`activity rows and faults: ${name}`);

  test('C1 without its row nothing is written, and nothing is acknowledged', async () => {
    const settings = testSettings(target, { shards: 1, timeoutMs: 400, tries: 2 });
    await setUpCouch({ ...settings, timeoutMs: 10_000 });
    const proxy = await startFaultProxy(target);
    const { prefix } = settings;
    const stores = await openCouchStores(
      testSettings(proxy.url, { shards: 1, timeoutMs: 400, tries: 2, prefix }),
    );
    const plain = await openCouchStores({ ...settings, timeoutMs: 10_000 });
    const feed = new TestFeed(freshDocument(), 1);
    try {
      proxy.plan = ({ path }) =>
        path.includes('activity') ? { kind: 'status', status: 503, done: false } : undefined;
      assert.is(await codeOf(() => stores.log.append([feed.record(0)])), 'sync/store-unavailable');
      assert.equal(await plain.log.read(feed.document, new Map()), []);
      proxy.plan = () => undefined;
      assert.equal(await stores.log.append([feed.record(0)]), ['stored']);
      const rows = [];
      for await (const some of plain.activity.rows(0)) rows.push(...some);
      assert.equal(
        rows.map(({ log }) => log),
        [parseDocumentName(feed.document).log],
      );
    } finally {
      proxy.plan = () => undefined;
      await Promise.all([stores.close(), plain.close()]);
      await proxy.stop();
      await tearDownCouch({ ...settings, timeoutMs: 10_000 });
    }
  });

  test('C1 a bucket that begins while an append is under way has its row before the answer', async () => {
    const settings = testSettings(target, { shards: 1 });
    await setUpCouch(settings);
    const proxy = await startFaultProxy(target);
    const clock = { now: Date.now() };
    const { prefix } = settings;
    const stores = await openCouchStores(testSettings(proxy.url, { shards: 1, prefix }), {
      now: () => clock.now,
    });
    try {
      const feed = new TestFeed(freshDocument(), 1);
      const before = bucketOf(clock.now);
      proxy.plan = ({ path }) => {
        if (path.includes('-log-0/_bulk_docs')) clock.now += 2 * BUCKET_MS;
        return undefined;
      };
      await stores.log.append([feed.record(0)]);
      const buckets: number[] = [];
      for await (const rows of stores.activity.rows(0)) buckets.push(...rows.map(({ bucket }) => bucket));
      assert.equal(
        buckets.sort((a, b) => a - b),
        [before, before + 2],
      );
    } finally {
      await stores.close();
      await proxy.stop();
      await tearDownCouch(settings);
    }
  });

  test('C1 a week that is over goes as whole databases, and the next week is made before it begins', async () => {
    const settings = testSettings(target, { shards: 2 });
    await setUpCouch(settings);
    const clock = { now: Date.now() };
    const stores = await openCouchStores(settings, { now: () => clock.now });
    const client = new CouchClient(settings);
    try {
      const week = weekOf(bucketOf(clock.now));
      await stores.activity.expire(bucketOf(clock.now));
      const name = (of: number, shard: number) => `${settings.prefix}-activity-${of}-${shard}`;
      assert.equal(
        (await activityDatabases(client, settings)).sort(),
        [name(week + 1, 0), name(week + 1, 1)].sort(),
      );
      clock.now += 3 * 7 * 24 * 60 * 60_000;
      await stores.activity.expire(bucketOf(clock.now));
      assert.equal(
        (await activityDatabases(client, settings)).sort(),
        [name(week + 4, 0), name(week + 4, 1)].sort(),
      );
    } finally {
      client.close();
      await stores.close();
      await tearDownCouch(settings);
    }
  });

  test.run();
}

function skip(name: string): void {
  const test = suite(`activity rows: ${name}`);
  test.skip('no URL was given');
  test.run();
}
