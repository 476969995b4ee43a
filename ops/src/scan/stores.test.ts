import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openUnsealedStores } from '@sotto/client/testing';
import type { ConversationId } from '@sotto/protocol';
import { documentName, encodeStruct, feedRoot, logName, randomId } from '@sotto/protocol';
import { createLogger } from '@sotto/service';
import { openLevelStores } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openLogFile } from '../start/log-file.js';
import { type Finding, scanFolder } from './scan-folder.js';

/**
 * Controls: what the scan must not find in sealed stores it does find once it is written through the same drivers
 * unsealed, in the write-ahead log and, after the store was opened again, in a compressed table.
 */
const test = suite('scan of every store');
const NEEDLE = 'the quick brown needle in 30 stacks of hay';
const needles = [{ name: 'needle', secret: NEEDLE }];
/** Its halves come first, so that Snappy writes the whole as two copies and it is nowhere to be read as it is. */
const SHREDDED = `${NEEDLE.slice(0, 25)}|${NEEDLE.slice(17)}|${'hay '.repeat(200)}${NEEDLE}`;
const bytes = new TextEncoder().encode(SHREDDED);

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-scan-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const ways = (findings: readonly Finding[]) => [...new Set(findings.map(({ where }) => where))].sort();

/** Whether some file of the folder holds the needle as it is. */
async function isPlain(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const files = await Promise.all(names.map((name) => readFile(name)));
  return files.some((file) => file.includes(NEEDLE));
}

test('U9: what the log store is given is found, in its log and in a compressed table', () =>
  inFolder(async (folder) => {
    const stores = await openLevelStores(folder);
    const document = documentName(logName('m', randomId<ConversationId>()), 0);
    const body = encodeStruct(feedRoot(randomId(), 7), 7, 0, bytes);
    await stores.log.append([{ document, client: 7, clock: 0, body }]);
    await stores.close();
    assert.ok(ways(await scanFolder(folder, needles)).includes('file: utf-8'));
    await (await openLevelStores(folder)).close();
    assert.is(await isPlain(folder), false);
    assert.equal(ways(await scanFolder(folder, needles)), ['file > table block: utf-8']);
  }));

test('U9: what the claim store is given is found, in its log and in a compressed table', () =>
  inFolder(async (folder) => {
    const stores = await openLevelStores(folder);
    await stores.claims.own('control:1', bytes);
    await stores.close();
    assert.ok(ways(await scanFolder(folder, needles)).includes('file: utf-8'));
    await (await openLevelStores(folder)).close();
    assert.is(await isPlain(folder), false);
    assert.equal(ways(await scanFolder(folder, needles)), ['file > table block: utf-8']);
  }));

test('U9: what is longer than a block of the log is put together from its pieces', () =>
  inFolder(async (folder) => {
    const stores = await openLevelStores(folder);
    // Wherever a block ends, in one of these the needle lies across it.
    const long = new TextEncoder().encode(NEEDLE.repeat(2_000));
    await stores.claims.own('control:1', long);
    await stores.close();
    const whole = { name: 'whole', secret: NEEDLE.repeat(1_900) };
    assert.equal(ways(await scanFolder(folder, [whole])), ['file > log record: utf-8']);
  }));

test('U9: what a key of the claim store says is found where tables share its beginning with others', () =>
  inFolder(async (folder) => {
    const stores = await openLevelStores(folder);
    for (const end of ['-is-not-it', '-stack-of-hay-1', '-stack-of-hay-2', '-stack-of-hay-3'])
      await stores.claims.own(`control:needle-in-the${end}`, new Uint8Array(100));
    await stores.close();
    await (await openLevelStores(folder)).close();
    const key = [{ name: 'key', secret: 'needle-in-the-stack-of-hay-2' }];
    assert.equal(ways(await scanFolder(folder, key)), ['file > table block: utf-8']);
  }));

test('U9: what a device’s key store is given unsealed is found, in its log and in a compressed table', () =>
  inFolder(async (folder) => {
    const stores = await openUnsealedStores(folder);
    await stores.keys.write([{ key: 'out/1', value: bytes }]);
    await stores.close();
    assert.ok(ways(await scanFolder(folder, needles)).includes('file: utf-8'));
    await (await openUnsealedStores(folder)).close();
    assert.is(await isPlain(join(folder, 'keys')), false);
    assert.equal(ways(await scanFolder(folder, needles)), ['file > table block: utf-8']);
  }));

test('U9: what PouchDB is given unsealed is found through the base64 of its documents', () =>
  inFolder(async (folder) => {
    const stores = await openUnsealedStores(folder);
    await stores.documents.put(
      new Map([0, 1, 2].map((lead) => [`record:${lead}`, Buffer.from('.'.repeat(lead) + NEEDLE)])),
    );
    await stores.close();
    const logged = await scanFolder(folder, needles);
    assert.ok(ways(logged).includes('file: base64 of utf-8'));
    await (await openUnsealedStores(folder)).close();
    const found = await scanFolder(folder, needles);
    assert.ok(ways(found).includes('file > table block: base64 of utf-8'), JSON.stringify(found));
  }));

test('U9: what is logged is found in the log file', () =>
  inFolder(async (folder) => {
    const logger = createLogger({ name: 'control', destination: openLogFile(join(folder, 'sotto.log')) });
    logger.info({ subject: NEEDLE }, 'a field that nobody leaves out');
    assert.equal(ways(await scanFolder(folder, needles)), ['file: utf-8']);
  }));

test.run();
