import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConversationId } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChunkPlace } from '../attachments/chunk-store.js';
import type { LevelStores } from '../open-level.js';
import { openLevelStores } from '../open-level.js';
import { TestFeed } from '../testing/records.js';
import type { TemporaryFolder } from '../testing/temporary-folder.js';
import { temporaryFolder } from '../testing/temporary-folder.js';

interface Context {
  folder: TemporaryFolder;
  stores: LevelStores;
}

const test = suite<Context>('what LevelDB keeps of what was erased');

test.before.each(async (context) => {
  context.folder = await temporaryFolder();
  context.stores = await openLevelStores(context.folder.path);
});
test.after.each(async ({ folder, stores }) => {
  await stores.close();
  await folder.remove();
});

/** Files in which these bytes stand. Random bytes are not compressed. */
async function filesWith(folder: string, needle: Uint8Array): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(names.map((name) => readFile(name)));
  return files.filter((file) => file.includes(Buffer.from(needle))).length;
}

/** @returns bytes of one of its records */
async function fill(stores: LevelStores, log: ReturnType<typeof logName>, count: number): Promise<Buffer> {
  const feed = new TestFeed(documentName(log, 0), 5);
  const marks = Array.from({ length: count }, () => randomBytes(48));
  const records = marks.map((mark, clock) => ({
    ...feed.record(clock),
    body: new Uint8Array(Buffer.concat([feed.record(clock).body, mark, randomBytes(400)])),
  }));
  await stores.log.append(records);
  return marks[count >> 1]!;
}

for (const settled of [false, true])
  test(`O1 no file has the bytes of an erased log any more, ${settled ? 'compacted before' : 'written just now'}`, async ({
    folder,
    stores,
  }) => {
    const log = logName('m', randomId<ConversationId>());
    const other = logName('m', randomId<ConversationId>());
    const [needle, kept] = [await fill(stores, log, 300), await fill(stores, other, 300)];
    // Erasing what is not there makes tables of what is.
    for (let round = 0; settled && round < 3; round += 1)
      await stores.log.erase(logName('r', randomId<ConversationId>()));
    assert.ok((await filesWith(folder.path, needle)) > 0, 'control');
    await stores.log.erase(log);
    assert.is(await filesWith(folder.path, needle), 0);
    assert.ok((await filesWith(folder.path, kept)) > 0);
  });

test('O1 no file has the bytes of an erased claim any more, nor of one that was removed before', async ({
  folder,
  stores: { claims },
}) => {
  const bodies = Array.from({ length: 3 }, () => new Uint8Array(randomBytes(64)));
  for (const [index, body] of bodies.entries()) await claims.own(`vault:account-${index}`, body);
  await claims.remove('vault:account-1');
  await claims.claim('vault:account-3', new Uint8Array(randomBytes(8)));
  for (const body of bodies) assert.ok((await filesWith(folder.path, body)) > 0, 'control');
  await claims.erase(['vault:account-0', 'vault:account-3']);
  assert.equal(await Promise.all(bodies.map((body) => filesWith(folder.path, body).then((n) => n > 0))), [
    false,
    false,
    true,
  ]);
});

test('O1 no file has the bytes of a chunk that was removed', async ({ folder, stores: { chunks } }) => {
  const places = Array.from({ length: 2 }, () => `${randomId()}.${randomId()}.${randomId()}` as ChunkPlace);
  const bytes = new Uint8Array(randomBytes(50_000));
  const kept = new Uint8Array(randomBytes(50_000));
  await chunks.put(places[0]!, 0, bytes);
  await chunks.put(places[1]!, 0, kept);
  assert.ok((await filesWith(folder.path, bytes.slice(100, 164))) > 0, 'control');
  await chunks.remove(places[0]!, 1);
  assert.is(await filesWith(folder.path, bytes.slice(100, 164)), 0);
  assert.equal(await chunks.get(places[1]!, 0), kept);
});

test.run();
