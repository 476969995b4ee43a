import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DocumentName } from '@sotto/protocol';
import { logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LevelClaimStore } from '../claims/level-claim-store.js';
import { closeDatabase, openDatabase } from '../level/database.js';
import { openLevelStores } from '../open-level.js';
import { codeOf } from '../testing/code-of.js';
import { freshDocument, TestFeed } from '../testing/records.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { LevelLogStore } from './level-log-store.js';

const test = suite('LevelDB stores in trouble');
const WRITERS = 8;
/** Acknowledgements after which the writing process is killed. */
const ENOUGH = 400;

interface Written {
  /** Next clock of each client, as far as it was acknowledged. */
  readonly acknowledged: ReadonlyMap<number, number>;
  readonly complaint: string;
  readonly signal: unknown;
}

/**
 * Runs a process that appends without pause until it dies.
 * @param enough acknowledgements after which it is killed
 * @param limit bytes that one of its files may have
 */
async function writeUntilDead(
  folder: string,
  document: string,
  enough: number,
  limit?: number,
): Promise<Written> {
  const program = fileURLToPath(new URL('../testing/appending-process.js', import.meta.url));
  const ulimit = limit === undefined ? '' : `ulimit -f ${limit / 512};`;
  const child = spawn(
    '/bin/sh',
    ['-c', `${ulimit} exec "$@"`, 'sh', process.execPath, program, folder, document, String(WRITERS)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  let complaint = '';
  let lines = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    lines += text.split('\n').length - 1;
    if (lines >= enough) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const signal = await new Promise((resolve) => child.once('close', (_, by) => resolve(by)));
  const acknowledged = new Map<number, number>();
  // The last line may be cut off.
  for (const line of output.slice(0, output.lastIndexOf('\n')).split('\n')) {
    const [client, clock] = line.split(' ').map(Number);
    acknowledged.set(client!, clock! + 1);
  }
  return { acknowledged, complaint, signal };
}

/** Every acknowledged record is there, feeds have no holes and can be written to. @returns how many were acknowledged */
async function assertKept(
  folder: string,
  document: DocumentName,
  { acknowledged }: Written,
): Promise<number> {
  const stores = await openLevelStores(folder);
  for (const [client, next] of acknowledged) {
    const records = (await stores.log.read(document, new Map())).filter((record) => record.client === client);
    assert.ok(records.length >= next, `client ${client}: ${records.length} of ${next}`);
    assert.equal(
      records.map(({ clock }) => clock),
      records.map((_, index) => index),
    );
    const feed = new TestFeed(document, client);
    assert.equal(await stores.log.append([feed.record(records.length)]), ['stored'], 'the feed goes on');
  }
  await stores.close();
  return [...acknowledged.values()].reduce((sum, next) => sum + next, 0);
}

test('S1 S6 every acknowledged record survives kill -9 of the process', async () => {
  const folder = await temporaryFolder();
  const document = freshDocument();
  const written = await writeUntilDead(folder.path, document, ENOUGH);
  assert.is(written.signal, 'SIGKILL');
  assert.is(written.acknowledged.size, WRITERS);
  const kept = await assertKept(folder.path, document, written);
  assert.ok(kept >= ENOUGH - 1, `${kept} acknowledged`);
  await folder.remove();
});

test('S9 a full disk is said, and takes nothing that was acknowledged', async () => {
  const folder = await temporaryFolder();
  const document = freshDocument();
  const written = await writeUntilDead(folder.path, document, Number.POSITIVE_INFINITY, 256 * 1024);
  assert.is(written.signal, null, 'it ended by itself');
  assert.match(written.complaint, 'sync/store-unavailable');
  const kept = await assertKept(folder.path, document, written);
  assert.ok(kept > 100, `${kept} acknowledged`);
  await folder.remove();
});

test('S9 whatever the database throws is the store being unavailable', async () => {
  const folder = await temporaryFolder();
  const database = await openDatabase(folder.path);
  const log = new LevelLogStore(database);
  const claims = new LevelClaimStore(database);
  const feed = new TestFeed(freshDocument(), 1);
  await log.append([feed.record(0)]);
  const claim = await claims.claim('user:a', new Uint8Array());
  await closeDatabase(database);
  const attempts = [
    () => log.append([feed.record(1)]),
    () => log.read(feed.document, new Map()),
    () => log.stateVector(freshDocument()),
    () => log.head(logName('m', randomId())),
    () => claims.own('user:b', new Uint8Array()),
    () => claims.confirm(claim),
    () => claims.get('user:a'),
    () => claims.list({ prefix: 'user:' }),
  ];
  for (const attempt of attempts) assert.is(await codeOf(attempt), 'sync/store-unavailable');
  await folder.remove();
});

test.run();
