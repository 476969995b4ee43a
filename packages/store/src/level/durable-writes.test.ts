import { execFileSync } from 'node:child_process';
import { cp, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openLevelStores } from '../open-level.js';
import { codeOf } from '../testing/code-of.js';
import { eventually } from '../testing/eventually.js';
import { freshDocument, TestFeed } from '../testing/records.js';
import { temporaryFolder } from '../testing/temporary-folder.js';

const test = suite('LevelDB after a failed write');
const LARGE = '1'.repeat(4_000);

/** Files of this process take no more than so many bytes: what a full disk is to LevelDB. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
}

async function logLength(folder: string): Promise<number> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
  return (await stat(join(folder, logs.at(-1)!))).size;
}

/** What a process that is killed now would leave. */
async function left(folder: string) {
  const copy = await temporaryFolder();
  await cp(folder, copy.path, { recursive: true });
  const stores = await openLevelStores(copy.path);
  return { stores, gone: () => stores.close().then(() => copy.remove()) };
}

for (const room of [0, 1, 7, 100, 900])
  test(`S1 S9 what is acknowledged after a write that failed with room for ${room} bytes is there when the process is killed`, async () => {
    const folder = await temporaryFolder();
    const stores = await openLevelStores(folder.path);
    const feed = new TestFeed(freshDocument(), 1);
    await stores.log.append([feed.record(0)]);
    await stores.claims.own('user:a', new Uint8Array());
    let interruptions = 0;
    const leave = [
      stores.log.tail(
        () => undefined,
        () => {
          interruptions += 1;
        },
      ),
      stores.claims.watch(
        'user:',
        () => undefined,
        () => {
          interruptions += 1;
        },
      ),
    ];
    limitFiles((await logLength(folder.path)) + room);
    const large = feed.record(1, LARGE);
    try {
      assert.is(await codeOf(() => stores.log.append([large])), 'sync/store-unavailable');
      assert.is(await codeOf(() => stores.claims.own('user:b', new Uint8Array())), 'sync/store-unavailable');
      assert.is((await stores.log.read(feed.document, new Map())).length, 1, 'it can be read');
    } finally {
      limitFiles('unlimited');
    }
    await eventually(async () => {
      try {
        await stores.log.append([large]);
        return true;
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        return false;
      }
    });
    assert.is(interruptions, 2, 'whoever goes by what is told reads anew');
    for (let clock = 2; clock < 60; clock += 1)
      await stores.log.append([feed.record(clock, `${clock} `.repeat(200))]);
    await stores.claims.own('user:c', new Uint8Array());
    const after = await left(folder.path);
    const clocks = (await after.stores.log.read(feed.document, new Map())).map(({ clock }) => clock);
    assert.equal(
      clocks,
      Array.from({ length: 60 }, (_, clock) => clock),
    );
    assert.ok(await after.stores.claims.get('user:a'));
    assert.ok(await after.stores.claims.get('user:c'));
    await after.gone();
    for (const off of leave) off();
    await stores.close();
    await folder.remove();
  });

test('S9 stores that wait for room can be closed, and are refused afterwards', async () => {
  const folder = await temporaryFolder();
  const stores = await openLevelStores(folder.path);
  const feed = new TestFeed(freshDocument(), 1);
  await stores.log.append([feed.record(0)]);
  limitFiles(await logLength(folder.path));
  try {
    assert.is(await codeOf(() => stores.log.append([feed.record(1, LARGE)])), 'sync/store-unavailable');
    await stores.close();
  } finally {
    limitFiles('unlimited');
  }
  assert.is(await codeOf(() => stores.log.append([feed.record(1)])), 'sync/store-unavailable');
  const again = await openLevelStores(folder.path);
  assert.is((await again.log.read(feed.document, new Map())).length, 1);
  await again.close();
  await folder.remove();
});

test.run();
