import { spawn } from 'node:child_process';
import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StoreOpenError } from './level/store-open-error.js';
import { openLevelStores } from './open-level.js';
import { freshDocument, TestFeed } from './testing/records.js';
import type { TemporaryFolder } from './testing/temporary-folder.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const test = suite<{ folder: TemporaryFolder }>('opening the stores');
test.before.each(async (context) => {
  context.folder = await temporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

async function openError(folder: string): Promise<StoreOpenError> {
  try {
    await (await openLevelStores(folder)).close();
  } catch (error) {
    if (error instanceof StoreOpenError) return error;
    throw error;
  }
  throw new Error('it opened');
}

test('a folder is made where there is none', async ({ folder }) => {
  const path = join(folder.path, 'deep', 'down');
  const stores = await openLevelStores(path);
  await stores.close();
  assert.ok((await readdir(path)).length > 0);
});

test('logs and claims share a folder without meeting', async ({ folder }) => {
  const stores = await openLevelStores(folder.path);
  const feed = new TestFeed(freshDocument(), 1);
  await stores.log.append(feed.records(0, 3));
  await stores.claims.own('m:1', new Uint8Array([1]));
  await stores.close();
  const again = await openLevelStores(folder.path);
  assert.is((await again.log.read(feed.document, new Map())).length, 3);
  assert.is((await again.claims.list({ prefix: 'm' })).length, 1);
  await again.close();
});

test('a folder that is open already is locked, here and in another process', async ({ folder }) => {
  const stores = await openLevelStores(folder.path);
  const link = join(folder.path, '..', `${basename(folder.path)}-link`);
  await symlink(folder.path, link);
  assert.is((await openError(link)).code, 'store/locked', 'under another name too');
  await rm(link);
  const error = await openError(folder.path);
  assert.is(error.code, 'store/locked');
  assert.is(error.folder, folder.path);
  assert.match(error.message, folder.path);
  const program = fileURLToPath(new URL('./testing/appending-process.js', import.meta.url));
  const child = spawn(process.execPath, [program, folder.path, freshDocument(), '1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  assert.is(await new Promise((resolve) => child.once('close', resolve)), 1);
  assert.match(complaint, 'store/locked');
  await stores.close();
  await (await openLevelStores(folder.path)).close();
});

test('a folder that cannot be made is unwritable', async ({ folder }) => {
  const file = join(folder.path, 'file');
  await writeFile(file, '');
  const error = await openError(join(file, 'store'));
  assert.is(error.code, 'store/unwritable');
  assert.is(error.folder, join(file, 'store'));
  assert.is((await openError(file)).code, 'store/unwritable');
});

test('a database with foreign bytes in it is damaged', async ({ folder }) => {
  const stores = await openLevelStores(folder.path);
  await stores.claims.own('m:1', new Uint8Array([1]));
  await stores.close();
  for (const name of await readdir(folder.path))
    if (name.startsWith('MANIFEST')) await writeFile(join(folder.path, name), 'x'.repeat(100));
  assert.is((await openError(folder.path)).code, 'store/damaged');
});

test('claims that expired unconfirmed are swept when the store opens', async ({ folder }) => {
  let now = 1_000_000;
  const stores = await openLevelStores(folder.path, { now: () => now });
  const swept = await stores.claims.claim('user:a', new Uint8Array());
  const kept = await stores.claims.claim('user:b', new Uint8Array(), { confirmWithinMs: 1_000_000 });
  await stores.close();
  now += 100_000;
  const again = await openLevelStores(folder.path, { now: () => now });
  await again.claims.confirm(kept);
  let refused = false;
  await again.claims.confirm(swept).catch(() => {
    refused = true;
  });
  assert.ok(refused, 'nothing is left to confirm');
  await again.close();
});

test.run();
