import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord } from '@sotto/protocol';
import { parseDocumentName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClaimTakenError } from '../claims/claim-store.js';
import type { CouchStores } from '../open-couch.js';
import { openCouchStores } from '../open-couch.js';
import { codeOf } from '../testing/code-of.js';
import { startCouchPeer } from '../testing/couch-peer.js';
import { COUCH_SERVERS, testSettings } from '../testing/couch-servers.js';
import { eventually } from '../testing/eventually.js';
import type { Fault, FaultProxy } from '../testing/fault-proxy.js';
import { startFaultProxy } from '../testing/fault-proxy.js';
import { contents, freshDocument, TestFeed } from '../testing/records.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { setUpCouch, tearDownCouch } from './set-up.js';

const EVERYTHING = new Map<number, number>();
/** Every status that CouchDB, or what stands before it, may refuse with. */
const STATUSES = [400, 401, 403, 405, 406, 408, 412, 413, 415, 416, 417, 421, 425, 429, 431];
const FAILURES = [500, 501, 502, 503, 504, 507, 599];
/** A document that failed alone rests; asking more often is refused. */
const RETRY_MS = 50;
const IMPATIENT = { shards: 1, timeoutMs: 400, tries: 2 };

interface Context {
  proxy: FaultProxy;
  /** Through the proxy. */
  stores: CouchStores;
  /** Past it: what is really there. */
  plain: CouchStores;
  leave: () => Promise<void>;
}

const peer = await startCouchPeer();
for (const { name, urls } of [{ name: 'express-pouchdb', urls: peer.url }, ...COUCH_SERVERS]) {
  if (urls) faultsOn(name, urls.split(',')[0]!);
  else skip(name);
}
const last = suite('express-pouchdb, afterwards');
last('it stops', () => peer.stop());
last.run();

function faultsOn(name: string, target: string): void {
  const test = suite<Context>(`faults of the database: ${name}`);

  test.before.each(async (context) => {
    const settings = testSettings(target, IMPATIENT);
    await setUpCouch({ ...settings, timeoutMs: 10_000 });
    context.proxy = await startFaultProxy(target);
    const { prefix } = settings;
    context.stores = await openCouchStores(testSettings(context.proxy.url, { ...IMPATIENT, prefix }));
    context.plain = await openCouchStores({ ...settings, timeoutMs: 10_000 });
    context.leave = async () => {
      context.proxy.plan = () => undefined;
      await Promise.all([context.stores.close(), context.plain.close()]);
      await context.proxy.stop();
      await tearDownCouch({ ...settings, timeoutMs: 10_000 });
    };
  });
  test.after.each(({ leave }) => leave());

  test('S9 every status is the store being unavailable or passes, and nothing is lost or doubled', async ({
    proxy,
    stores,
    plain,
  }) => {
    const feed = new TestFeed(freshDocument(), 1);
    await stores.log.append([feed.record(0)]);
    let clock = 1;
    for (const status of [...STATUSES, ...FAILURES]) {
      for (const done of [false, true]) {
        let left = 1;
        proxy.plan = ({ path }) =>
          path.includes('_bulk_docs') && left-- > 0 ? { kind: 'status', status, done } : undefined;
        const once = await told(() => stores.log.append([feed.record(clock)]));
        assert.ok(['stored', 'present', 'sync/store-unavailable'].includes(once), `${status}: ${once}`);
        assert.is(proxy.faults.get('status'), 1, 'the fault was met');
        (proxy.faults as Map<string, number>).clear();
        proxy.plan = () => undefined;
        const again = await told(() => stores.log.append([feed.record(clock)]));
        assert.ok(['stored', 'present'].includes(again), `${status}: ${again}`);
        if (once !== 'sync/store-unavailable') assert.is(again, 'present');
        clock += 1;
      }
    }
    assert.equal(contents(await plain.log.read(feed.document, EVERYTHING)), contents(feed.records(0, clock)));
  });

  test('S9 every status at every request of every operation: it is done, or the store is unavailable; never something else, never a wrong answer', async ({
    proxy,
    stores,
    plain,
  }) => {
    const feed = new TestFeed(freshDocument(), 1);
    const { log: name } = parseDocumentName(feed.document);
    await plain.log.append(feed.records(0, 3));
    await plain.claims.own('user:there', new Uint8Array());
    // All of them on a real one, which is a command of its own; a few of each kind always.
    const walked = target === peer.url ? [400, 401, 429, 503] : [...STATUSES, ...FAILURES];
    let round = 0;
    const operations: Readonly<Record<string, () => Promise<unknown>>> = {
      'append of what is there': async () =>
        assert.equal(await stores.log.append([feed.record(2)]), ['present']),
      'append elsewhere': async () => {
        const other = new TestFeed(freshDocument(), 1);
        assert.equal(await stores.log.append([other.record(0)]), ['stored']);
      },
      read: async () => assert.is((await stores.log.read(feed.document, EVERYTHING)).length, 3),
      'state vector': async () => assert.is((await stores.log.stateVector(feed.document)).get(1), 3),
      head: async () => assert.equal(await stores.log.head(name), { segment: 0, count: 3 }),
      'head of nothing': async () =>
        assert.equal(await stores.log.head(parseDocumentName(freshDocument()).log), { segment: 0, count: 0 }),
      own: async () => assert.ok(await stores.claims.own(`user:s${round}`, new Uint8Array())),
      'own what another has': async () => {
        const code = await codeOf(() => stores.claims.own('user:there', new Uint8Array()));
        if (code !== 'ClaimTakenError' && code !== 'claim-taken') throw Object.assign(new Error(), { code });
      },
      get: async () => assert.ok(await stores.claims.get('user:there')),
      list: async () =>
        assert.equal(
          (await stores.claims.list({ prefix: 'user:there' })).map(({ key }) => key),
          ['user:there'],
        ),
      remove: async () => {
        await plain.claims.own(`user:r${round}`, new Uint8Array());
        await stores.claims.remove(`user:r${round}`);
        assert.is(await plain.claims.get(`user:r${round}`), undefined);
      },
    };
    for (const [what, operation] of Object.entries(operations))
      for (const status of walked)
        for (const times of [1, Infinity]) {
          round += 1;
          let left = times;
          proxy.plan = ({ path }) =>
            !path.includes('_changes') && left-- > 0 ? { kind: 'status', status, done: false } : undefined;
          const code = await codeOf(operation);
          proxy.plan = () => undefined;
          assert.ok(
            code === undefined || code === 'sync/store-unavailable',
            `${what}, ${status}, ${times}: ${code}`,
          );
          if (code !== undefined) continue;
          assert.ok(times === 1, `${what}, ${status}: not asked at all`);
        }
    for (const operation of Object.values(operations)) {
      round += 1;
      await operation();
    }
  });

  test('S1 202 is no quorum: it is written again until it is, and acknowledged then', async ({
    proxy,
    stores,
    plain,
  }) => {
    const feed = new TestFeed(freshDocument(), 1);
    let left = 3;
    proxy.plan = ({ path }) => (path.includes('_bulk_docs') && left-- > 0 ? { kind: 'accepted' } : undefined);
    assert.equal(await stores.log.append(feed.records(0, 3)), Array(3).fill('stored'));
    assert.is(proxy.faults.get('accepted'), 3);
    proxy.plan = ({ path }) => (path.includes('_bulk_docs') ? { kind: 'accepted' } : undefined);
    assert.is(await codeOf(() => stores.log.append([feed.record(3)])), 'sync/store-unavailable');
    proxy.plan = () => undefined;
    assert.equal(await stores.log.append([feed.record(3)]), ['present']);
    assert.is((await plain.log.read(feed.document, EVERYTHING)).length, 4);
  });

  test('S9 a read through cuts, halves, garbage and silence is whole or refused', async ({
    proxy,
    stores,
    plain,
  }) => {
    const feed = new TestFeed(freshDocument(), 1);
    await plain.log.append(feed.records(0, 40));
    const faults: Fault[] = [
      { kind: 'cut', done: false },
      { kind: 'cut', done: true },
      { kind: 'half' },
      { kind: 'garbage' },
      { kind: 'silence' },
      { kind: 'slow', ms: 50 },
      ...FAILURES.map((status) => ({ kind: 'status', status, done: true }) as const),
    ];
    for (const fault of faults) {
      for (const times of [1, Infinity]) {
        let left = times;
        proxy.plan = () => (left-- > 0 ? fault : undefined);
        const code = await codeOf(async () => {
          const read = await stores.log.read(feed.document, EVERYTHING);
          assert.equal(contents(read), contents(feed.records(0, 40)));
        });
        const may = times === 1 || fault.kind === 'slow' ? undefined : 'sync/store-unavailable';
        assert.is(code, may, `${JSON.stringify(fault)} ${times}`);
      }
    }
  });

  test('S1 S3 a server that stops at any request leaves a log that goes on', async ({
    proxy,
    stores,
    plain,
  }) => {
    // Each round lets one request more come through, and none after it.
    for (let through = 0, finished = false; !finished; through += 1) {
      const feed = new TestFeed(freshDocument(), 1);
      for (const done of [false, true]) {
        let left = through;
        proxy.plan = () => (left-- > 0 ? undefined : { kind: 'cut', done });
        const outcome = await told(() => stores.log.append(feed.records(0, 4)));
        proxy.plan = () => undefined;
        const there = await plain.log.read(feed.document, EVERYTHING);
        assert.equal(contents(there), contents(feed.records(0, there.length)), 'no holes');
        finished = outcome !== 'sync/store-unavailable';
        if (finished) assert.is(there.length, 4);
      }
      const outcomes = await plain.log.append(feed.records(0, 6));
      assert.ok(outcomes.length === 6 && outcomes.every((told) => told === 'stored' || told === 'present'));
      assert.ok(through < 30);
    }
  });

  test('S1 S3 S4 under faults of every kind nothing acknowledged is lost, nothing doubled, nothing untold', async ({
    proxy,
    stores,
    plain,
  }) => {
    const random = new SeededRandom(`faults, ${name}`);
    const heard: LogRecord[] = [];
    const heardHere: LogRecord[] = [];
    plain.log.tail((records) => heard.push(...records));
    stores.log.tail((records) => heardHere.push(...records));
    const feeds = [1, 2, 3, 4].map((client) => new TestFeed(freshDocument(), client));
    proxy.plan = () => (random.chance(0.25) ? anyFault(random) : undefined);
    const cutting = setInterval(() => proxy.cutAll(), 150);
    await Promise.all(
      feeds.map(async (feed) => {
        for (let clock = 0; clock < 30; ) {
          const batch = feed.records(clock, 1 + (clock % 3));
          const outcome = await told(() => stores.log.append(batch));
          if (outcome === 'sync/store-unavailable') {
            await sleep(RETRY_MS);
            continue;
          }
          assert.ok(
            outcome.split(',').every((word) => word === 'stored' || word === 'present'),
            outcome,
          );
          clock += batch.length;
        }
      }),
    );
    clearInterval(cutting);
    proxy.plan = () => undefined;
    for (const feed of feeds) {
      const there = await plain.log.read(feed.document, EVERYTHING);
      assert.ok(there.length >= 30);
      assert.equal(contents(there), contents(feed.records(0, there.length)));
      for (const told of [heard, heardHere]) {
        const own = () => new Set(contents(told.filter(({ document }) => document === feed.document)));
        await eventually(() => contents(there).every((content) => own().has(content)));
      }
    }
    assert.ok([...proxy.faults.values()].reduce((sum, count) => sum + count, 0) > 10);
  });

  test('S9 what waits for a slow database is bounded: the rest is refused at once, to be repeated', async ({
    proxy,
    stores,
  }) => {
    const feed = new TestFeed(freshDocument(), 1);
    await stores.log.append([feed.record(0)]);
    proxy.plan = ({ path }) => (path.includes('_bulk_docs') ? { kind: 'slow', ms: 300 } : undefined);
    const large = 'z'.repeat(60_000);
    const appends = Array.from({ length: 700 }, (_, index) =>
      told(() => stores.log.append([feed.record(index + 1, large)])),
    );
    const outcomes = await Promise.all(appends);
    const refused = outcomes.filter((outcome) => outcome === 'sync/store-unavailable').length;
    // 4 MiB of one document wait, and no more.
    assert.ok(refused > 600 && refused < 700, `${refused} of 700 refused`);
    const taken = outcomes.findIndex((outcome) => outcome !== 'stored');
    proxy.plan = () => undefined;
    const repeated = await told(() => stores.log.append([feed.record(taken + 1, large)]));
    assert.ok(repeated === 'stored' || repeated === 'present', repeated);
  });

  test('under faults no key has two owners, and who was told owns it', async ({ proxy, stores, plain }) => {
    const random = new SeededRandom(`faults of claims, ${name}`);
    proxy.plan = () => (random.chance(0.15) ? anyFault(random) : undefined);
    for (let round = 0; round < 15; round += 1) {
      const key = `user:f${round}`;
      const owners: string[] = [];
      const rivals = [stores, plain, stores].map(async ({ claims }) => {
        try {
          const claim = await claims.own(key, new Uint8Array());
          owners.push(Buffer.from(claim.nonce).toString('hex'));
        } catch (error) {
          if (!(error instanceof ClaimTakenError))
            assert.is((error as { code?: string }).code, 'sync/store-unavailable');
        }
      });
      await Promise.all(rivals);
      const owner = await plain.claims.get(key);
      assert.ok(owners.length <= 1, `${owners.length} owners`);
      if (owners[0]) assert.is(owner && Buffer.from(owner.nonce).toString('hex'), owners[0]);
    }
  });

  test.run();
}

function anyFault(random: SeededRandom): Fault {
  const done = random.chance(0.5);
  return random.pick<Fault>([
    { kind: 'status', status: random.pick(FAILURES), done },
    { kind: 'cut', done },
    { kind: 'half' },
    { kind: 'garbage' },
    { kind: 'silence' },
    { kind: 'slow', ms: 30 },
  ]);
}

async function told(append: () => Promise<readonly string[]>): Promise<string> {
  let outcomes: readonly string[] = [];
  const code = await codeOf(async () => {
    outcomes = await append();
  });
  return code === undefined ? outcomes.join() : String(code);
}

function skip(name: string): void {
  const test = suite(`faults of the database: ${name}`);
  test.skip('no URL was given');
  test.run();
}
