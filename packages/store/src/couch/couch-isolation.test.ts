import type { DocumentName, LogRecord } from '@sotto/protocol';
import { parseDocumentName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Claim } from '../claims/claim-store.js';
import { recordKey } from '../log/record-keys.js';
import type { CouchStores } from '../open-couch.js';
import { openCouchStores } from '../open-couch.js';
import { codeOf } from '../testing/code-of.js';
import { startCouchPeer } from '../testing/couch-peer.js';
import { COUCH_SERVERS, testSettings } from '../testing/couch-servers.js';
import { eventually } from '../testing/eventually.js';
import type { FaultProxy } from '../testing/fault-proxy.js';
import { startFaultProxy } from '../testing/fault-proxy.js';
import { contents, freshDocument, TestFeed } from '../testing/records.js';
import { CouchClient } from './couch-client.js';
import { claimDatabase, logDatabases, shardOf } from './layout.js';
import { recordsPrefix } from './record-documents.js';
import { setUpCouch, tearDownCouch } from './set-up.js';
import type { CouchSettings } from './settings.js';

const EVERYTHING = new Map<number, number>();
const SHARDS = 2;
const IMPATIENT = { shards: SHARDS, timeoutMs: 1_000, tries: 2 };

interface Context {
  settings: CouchSettings;
  proxy: FaultProxy;
  /** Through the proxy. */
  stores: CouchStores;
  /** Another server, past it. */
  plain: CouchStores;
  /** The database itself. */
  client: CouchClient;
}

const peer = await startCouchPeer();
for (const { name, urls } of [{ name: 'express-pouchdb', urls: peer.url }, ...COUCH_SERVERS])
  if (urls) isolationOn(name, urls.split(',')[0]!);
const last = suite('express-pouchdb, afterwards');
last('it stops', () => peer.stop());
last.run();

/** A document in this shard. */
function documentIn(shard: number): DocumentName {
  for (;;) {
    const document = freshDocument();
    if (shardOf(parseDocumentName(document).log, SHARDS) === shard) return document;
  }
}

/** What a tail told of one document. */
function hearing({ log }: CouchStores) {
  const heard: LogRecord[] = [];
  log.tail((records) => heard.push(...records));
  return (document: DocumentName) => contents(heard.filter((record) => record.document === document));
}

function isolationOn(name: string, target: string): void {
  const test = suite<Context>(`rooms keep to themselves: ${name}`);

  test.before.each(async (context) => {
    context.settings = testSettings(target, { shards: SHARDS });
    await setUpCouch(context.settings);
    context.proxy = await startFaultProxy(target);
    const { prefix } = context.settings;
    context.stores = await openCouchStores(testSettings(context.proxy.url, { ...IMPATIENT, prefix }));
    context.plain = await openCouchStores(context.settings);
    context.client = new CouchClient(context.settings);
  });
  test.after.each(async ({ proxy, stores, plain, client, settings }) => {
    proxy.plan = () => undefined;
    await Promise.all([stores.close(), plain.close()]);
    client.close();
    await proxy.stop();
    await tearDownCouch(settings);
  });

  test('S9 one shard hangs: a hundred readers and writers wait there; at the other everything goes on', async ({
    settings,
    proxy,
    stores,
    plain,
  }) => {
    const told = hearing(stores);
    const [stuck, other] = [new TestFeed(documentIn(0), 1), new TestFeed(documentIn(1), 1)];
    await stores.log.append([other.record(0)]);
    const [hanging] = logDatabases(settings);
    proxy.plan = ({ path }) =>
      path.startsWith(`/${hanging}/`) && !path.includes('_changes')
        ? { kind: 'silence', done: false }
        : undefined;
    const waiting = Array.from({ length: 100 }, (_, index) =>
      codeOf(() =>
        index % 2 ? stores.log.append([stuck.record(index)]) : stores.log.read(documentIn(0), EVERYTHING),
      ),
    );
    for (let clock = 1; clock <= 20; clock += 1)
      assert.equal(await stores.log.append([other.record(clock)]), ['stored']);
    assert.is((await stores.log.read(other.document, EVERYTHING)).length, 21);
    assert.equal(await plain.log.append([other.record(21)]), ['stored']);
    await eventually(() => told(other.document).length === 22);
    const codes = await Promise.all(waiting);
    assert.equal(codes, Array(100).fill('sync/store-unavailable'));
  });

  test('S9 writes of one document fail for ever: the others of its shard are written, read and told; when it works again nothing is missing', async ({
    proxy,
    stores,
    plain,
  }) => {
    const told = hearing(plain);
    const bad = new TestFeed(documentIn(0), 1);
    const good = Array.from({ length: 4 }, (_, index) => new TestFeed(documentIn(0), 2 + index));
    await stores.log.append([bad.record(0)]);
    const prefix = recordsPrefix(bad.document);
    proxy.plan = ({ path, body }) =>
      path.includes('_bulk_docs') && body.includes(prefix)
        ? { kind: 'status', status: 500, done: false }
        : undefined;
    const refused: unknown[] = [];
    for (let clock = 0; clock < 12; clock += 1) {
      const [spoilt, ...outcomes] = await Promise.all([
        codeOf(() => stores.log.append([bad.record(1)])),
        ...good.map((feed) => stores.log.append([feed.record(clock)])),
      ]);
      refused.push(spoilt);
      assert.equal(outcomes, Array(4).fill(['stored']));
    }
    assert.equal(refused, Array(12).fill('sync/store-unavailable'));
    for (const feed of good) {
      assert.is((await stores.log.read(feed.document, EVERYTHING)).length, 12);
      await eventually(() => told(feed.document).length === 12);
    }
    proxy.plan = () => undefined;
    await eventually(async () => (await codeOf(() => stores.log.append([bad.record(1)]))) === undefined);
    assert.is((await plain.log.read(bad.document, EVERYTHING)).length, 2);
  });

  test('S9 a record in the store that is none: its document is refused; others of the shard, and the feed, go on', async ({
    settings,
    stores,
    plain,
    client,
  }) => {
    const told = hearing(stores);
    const [bad, good] = [new TestFeed(documentIn(0), 1), new TestFeed(documentIn(0), 2)];
    await plain.log.append([bad.record(0)]);
    await plain.log.append([good.record(0)]);
    await eventually(() => told(bad.document).length === 1 && told(good.document).length === 1);
    const [database] = logDatabases(settings);
    const id = recordKey(recordsPrefix(bad.document), { client: 1, clock: 1 });
    for (const [clock, body] of [
      [1, { _id: id, b: 42 }],
      [
        2,
        {
          _id: recordKey(recordsPrefix(bad.document), { client: 1, clock: 2 }),
          b: bad.record(2).body.toString(),
        },
      ],
    ] as const) {
      const { status } = await client.ask({ method: 'POST', path: database!, body });
      assert.ok(status === 201, `${clock}: ${status}`);
    }
    for (let clock = 1; clock <= 10; clock += 1) {
      assert.equal(await plain.log.append([good.record(clock)]), ['stored']);
      const spoilt = await codeOf(() => stores.log.append([bad.record(1)]));
      assert.is(spoilt, 'sync/store-unavailable');
    }
    await eventually(() => told(good.document).length === 11);
    assert.is((await stores.log.read(good.document, EVERYTHING)).length, 11);
    assert.is(await codeOf(() => stores.log.read(bad.document, EVERYTHING)), 'sync/store-unavailable');
    assert.equal(told(bad.document), contents([bad.record(0)]), 'nothing behind the hole is told');
  });

  test('S10 a claim in the store that is none: the next ones are told and listed; what counts up is refused, not taken back', async ({
    settings,
    stores,
    plain,
    client,
  }) => {
    const heard: Claim[] = [];
    stores.claims.watch('session-ended:', (claim) => heard.push(claim));
    const put = (key: string) =>
      client.ask({
        method: 'PUT',
        path: `${claimDatabase(settings, key)}/${encodeURIComponent(key)}`,
        body: { n: 'none of ours' },
      });
    assert.is((await put('session-ended:bad')).status, 201);
    await plain.claims.own('session-ended:good', new Uint8Array());
    await eventually(() => heard.length === 1);
    assert.equal(
      heard.map(({ key }) => key),
      ['session-ended:good'],
    );
    const listed = await stores.claims.list({ prefix: 'session-ended:' });
    assert.equal(
      listed.map(({ key }) => key),
      ['session-ended:good'],
    );
    await plain.claims.own('devices:someone:000000001', new Uint8Array());
    assert.is((await put('devices:someone:000000002')).status, 201);
    const newest = () => stores.claims.list({ prefix: 'devices:someone:', reverse: true, limit: 1 });
    assert.is(await codeOf(newest), 'sync/store-unavailable');
    assert.is((await stores.claims.list({ prefix: 'session-ended:' })).length, 1);
  });

  test.run();
}
