import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LevelClaimStore } from '../claims/level-claim-store.js';
import type { Database } from '../level/database.js';
import { openDatabase, openSublevel } from '../level/database.js';
import { codeOf } from '../testing/code-of.js';
import { freshDocument, TestFeed } from '../testing/records.js';
import type { TemporaryFolder } from '../testing/temporary-folder.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { LevelLogStore } from './level-log-store.js';
import { documentPrefix, recordKey } from './record-keys.js';

interface Context {
  folder: TemporaryFolder;
  database: Database;
  log: LevelLogStore;
  claims: LevelClaimStore;
}

const test = suite<Context>('LevelDB stores: rooms keep to themselves');

test.before.each(async (context) => {
  context.folder = await temporaryFolder();
  context.database = await openDatabase(context.folder.path);
  context.log = new LevelLogStore(context.database);
  context.claims = new LevelClaimStore(context.database);
});
test.after.each(async ({ folder, database, log, claims }) => {
  await Promise.all([log.close(), claims.close()]);
  await database.close();
  await folder.remove();
});

test('S9 a hole in one feed refuses what stands on it; others of the same group are written', async ({
  database,
  log,
}) => {
  const bad = new TestFeed(freshDocument(), 1);
  const good = Array.from({ length: 5 }, (_, index) => new TestFeed(freshDocument(), 2 + index));
  await log.append(bad.records(0, 3));
  await openSublevel(database, 'log').del(recordKey(documentPrefix(bad.document), { client: 1, clock: 1 }));
  for (let clock = 0; clock < 5; clock += 1) {
    const [spoilt, ...outcomes] = await Promise.all([
      codeOf(() => log.append(bad.records(0, 3))),
      ...good.map((feed) => log.append([feed.record(clock)])),
    ]);
    assert.is(spoilt, 'sync/store-unavailable');
    assert.equal(outcomes, Array(5).fill(['stored']));
  }
  for (const feed of good) assert.is((await log.read(feed.document, new Map())).length, 5);
});

test('S9 a claim that cannot be read refuses what is asked of it; others of the same group, and listings, go on', async ({
  database,
  claims,
}) => {
  await openSublevel(database, 'claim').put('link:bad', Uint8Array.of(1, 2, 3));
  const [spoilt, owned] = await Promise.all([
    codeOf(() => claims.own('link:bad', new Uint8Array())),
    claims.own('link:good', new Uint8Array()),
  ]);
  assert.is(spoilt, 'sync/store-unavailable');
  assert.is(owned.key, 'link:good');
  assert.is(await codeOf(() => claims.get('link:bad')), 'sync/store-unavailable');
  assert.equal(
    (await claims.list({ prefix: 'link:' })).map(({ key }) => key),
    ['link:good'],
  );
  await openSublevel(database, 'claim').put('devices:someone:000000002', Uint8Array.of(1));
  assert.is(await codeOf(() => claims.list({ prefix: 'devices:someone:' })), 'sync/store-unavailable');
});

test('S9 what waits to be written is bounded, for one document below what it is for all: the rest is refused at once', async ({
  log,
}) => {
  const [flood, other] = [new TestFeed(freshDocument(), 1), new TestFeed(freshDocument(), 2)];
  const large = 'z'.repeat(60_000);
  const bytes = (await log.append([flood.record(0, large)])).length * (60_000 + 64);
  const most = Math.ceil((8 * 1024 * 1024) / bytes);
  const flooding = Array.from({ length: 600 }, (_, index) =>
    codeOf(() => log.append([flood.record(index + 1, large)])),
  );
  assert.equal(await log.append([other.record(0, large)]), ['stored']);
  const refused = (await Promise.all(flooding)).filter((code) => code === 'sync/store-unavailable');
  assert.ok(refused.length >= 600 - most, `${refused.length} refused`);
  assert.ok(refused.length < 600);
  const written = (await log.read(flood.document, new Map())).length;
  assert.is(written, 1 + 600 - refused.length);
});

test.run();
