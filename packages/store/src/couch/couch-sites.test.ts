import { randomBytes } from 'node:crypto';
import { documentName, parseDocumentName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type CouchStores, openCouchStores } from '../open-couch.js';
import { eventually } from '../testing/eventually.js';
import { contents, freshDocument, TestFeed } from '../testing/records.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { claimDatabases, sharedDatabases } from './layout.js';
import { replicateFrom, replicationStates, stopReplicating } from './replication.js';
import { setUpCouch, tearDownCouch } from './set-up.js';
import { type CouchSettings, couchCluster, couchSettings } from './settings.js';

/** Two clusters that know nothing of each other, a data centre each. */
const [eastUrl, westUrl] = (process.env.COUCHDB_SITES_URLS ?? '').split(',');
const test = suite('S10 two data centres');

interface Site {
  readonly settings: CouchSettings;
  readonly stores: CouchStores;
}

const NAMES = ['east', 'west'] as const;
const EVERYTHING = new Map<number, number>();
let sites: [Site, Site];

if (eastUrl && westUrl) describe([eastUrl, westUrl]);
else test.skip('COUCHDB_SITES_URLS does not name two clusters');
test.run();

function describe(urls: [string, string]): void {
  const home = couchCluster(urls[0]);
  const options = { prefix: `sotto-test-${randomBytes(6).toString('hex')}`, shards: 2 };
  const settings = [couchSettings(urls[0], options), couchSettings(urls[1], { ...options, home })] as const;

  test.before(async () => {
    for (const each of settings) await setUpCouch(each);
    await link(settings);
    sites = await Promise.all([open(settings[0]), open(settings[1])]);
  });
  test.after(async () => {
    await unlink(settings);
    for (const { stores } of sites) await stores.close();
    for (const each of settings) await tearDownCouch(each);
  });

  test('what is written at one is told to those who listen at the other', async () => {
    const [east, west] = sites;
    const feed = new TestFeed(freshDocument(), 1);
    const heard = new Set<number>();
    const stop = west.stores.log.tail((records) => {
      for (const { document, clock } of records) if (document === feed.document) heard.add(clock);
    });
    for (let clock = 0; clock < 50; clock += 1) await east.stores.log.append([feed.record(clock)]);
    await eventually(() => heard.size === 50);
    stop();
  });

  test('what is written at both while they are apart is the same at both afterwards, without a conflict', async () => {
    const random = new SeededRandom('data centres apart');
    await unlink(settings);
    const document = freshDocument();
    const feeds = Array.from({ length: 12 }, (_, client) => new TestFeed(document, client + 1));
    // Each of them writes at one place; those of both begin at once, so that they take the same slots of the register.
    await Promise.all(
      feeds.map(async (feed, index) => {
        const { log } = sites[index % 2]!.stores;
        const most = 1 + random.int(40);
        for (let clock = 0; clock < most; clock += 1) await log.append([feed.record(clock)]);
      }),
    );
    const apart = await Promise.all(sites.map(({ stores }) => stores.log.stateVector(document)));
    assert.equal(
      apart.map(({ size }) => size),
      [6, 6],
    );
    await link(settings);
    await eventually(async () => {
      const vectors = await Promise.all(sites.map(({ stores }) => stores.log.stateVector(document)));
      return vectors.every(({ size }) => size === 12) && sum(vectors[0]!) === sum(vectors[1]!);
    });
    const [atEast, atWest] = await Promise.all(
      sites.map(({ stores }) => stores.log.read(document, EVERYTHING)),
    );
    assert.equal(contents(atEast!).sort(), contents(atWest!).sort());
    assert.is(atEast!.length, sum(apart[0]!) + sum(apart[1]!));
  });

  test('a device that goes from one to the other before its records do writes them again, and nothing is doubled', async () => {
    await unlink(settings);
    const feed = new TestFeed(freshDocument(), 7);
    const [east, west] = sites;
    await east.stores.log.append(feed.records(0, 20));
    assert.equal(await west.stores.log.append([feed.record(20)]), ['gap'], 'what is before it is not here');
    // What a stock provider does upon a gap: it sends what is missing, the same bytes, and goes on.
    assert.equal(
      await west.stores.log.append(feed.records(0, 25)),
      Array.from({ length: 25 }, () => 'stored'),
    );
    await link(settings);
    await eventually(async () => (await east.stores.log.stateVector(feed.document)).get(7) === 25);
    const read = await east.stores.log.read(feed.document, EVERYTHING);
    assert.equal(contents(read), contents(feed.records(0, 25)));
    assert.equal(await east.stores.log.append([feed.record(25)]), ['stored'], 'no fork, no conflict');
  });

  test('two bodies at one position, one at each, finish that client at both alike', async () => {
    await unlink(settings);
    const feed = new TestFeed(freshDocument(), 9);
    await sites[0].stores.log.append([feed.record(0, 'one')]);
    await sites[1].stores.log.append([feed.record(0, 'other')]);
    await link(settings);
    let clock = 1;
    for (const { stores } of sites)
      await eventually(async () => {
        const [outcome] = await stores.log.append([feed.record(clock)]);
        if (outcome === 'stored') clock += 1;
        return outcome === 'fork';
      });
    const reads = await Promise.all(sites.map(({ stores }) => stores.log.read(feed.document, EVERYTHING)));
    assert.equal(contents(reads[0]!).slice(0, 1), contents(reads[1]!).slice(0, 1));
  });

  test('a new segment that begins at one is the head at the other', async () => {
    const [east, west] = sites;
    const { log } = parseDocumentName(freshDocument());
    await east.stores.log.append(new TestFeed(documentName(log, 0), 1).records(0, 3));
    await east.stores.log.append(new TestFeed(documentName(log, 1), 2).records(0, 2));
    await eventually(async () => {
      const head = await west.stores.log.head(log);
      return head.segment === 1 && head.count === 2;
    });
  });

  test('C2 a server that others write past knows of no moment until which it was told everything', () => {
    for (const { stores } of sites) assert.is(stores.activity.silentMs(), Infinity);
  });

  test('claims are decided at home, whoever asks: of rivals at both there is one owner', async () => {
    for (let race = 0; race < 20; race += 1) {
      const key = `username:race-${race}`;
      const rivals = sites.map(async ({ stores }, place) => {
        const claim = await stores.claims.claim(key, Uint8Array.of(place));
        await stores.claims.confirm(claim);
      });
      const ends = await Promise.allSettled(rivals);
      assert.is(ends.filter(({ status }) => status === 'fulfilled').length, 1);
    }
  });

  test('everything is taken, and a copy of the claims lies where they are not decided', async () => {
    const all = sharedDatabases(settings[1]).length + claimDatabases(settings[1]).length;
    await eventually(async () => {
      const states = await replicationStates(settings[1], settings[0], 'east');
      return (
        states.length === all && states.every(({ state, failures }) => state === 'running' && failures === 0)
      );
    });
    const copy = await openCouchStores(couchSettings(urls[1], options));
    const [home] = sites;
    const key = 'username:race-0';
    await eventually(async () => (await copy.claims.get(key)) !== undefined);
    assert.equal(await copy.claims.get(key), await home.stores.claims.get(key));
    await copy.close();
  });
}

async function open(settings: CouchSettings): Promise<Site> {
  const stores = await openCouchStores(settings);
  // As servers do: what another data centre wrote is learnt from the feed.
  stores.log.tail(() => undefined);
  return { settings, stores };
}

async function link(settings: readonly [CouchSettings, CouchSettings]): Promise<void> {
  await replicateFrom(settings[0], settings[1], NAMES[1]);
  await replicateFrom(settings[1], settings[0], NAMES[0]);
}

async function unlink(settings: readonly [CouchSettings, CouchSettings]): Promise<void> {
  await stopReplicating(settings[0], settings[1], NAMES[1]);
  await stopReplicating(settings[1], settings[0], NAMES[0]);
}

function sum(vector: ReadonlyMap<number, number>): number {
  return [...vector.values()].reduce((total, next) => total + next, 0);
}
