import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openLevelStores } from '../open-level.js';
import { freshDocument, TestFeed } from '../testing/records.js';
import { temporaryFolder } from '../testing/temporary-folder.js';

const test = suite('LevelDB log store, killed');
const WRITERS = 8;
/** Acknowledgements after which the writing process is killed. */
const ENOUGH = 400;

/** Runs a process that appends without pause, and kills it in the middle. @returns what it was told, client to next clock */
async function writeUntilKilled(folder: string, document: string): Promise<Map<number, number>> {
  const program = fileURLToPath(new URL('../testing/appending-process.js', import.meta.url));
  const child = spawn(process.execPath, [program, folder, document, String(WRITERS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let lines = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    lines += text.split('\n').length - 1;
    if (lines >= ENOUGH) child.kill('SIGKILL');
  });
  const signal = await new Promise((resolve) => child.once('close', (_, by) => resolve(by)));
  assert.is(signal, 'SIGKILL');
  const acknowledged = new Map<number, number>();
  // The last line may be cut off.
  for (const line of output.slice(0, output.lastIndexOf('\n')).split('\n')) {
    const [client, clock] = line.split(' ').map(Number);
    acknowledged.set(client!, clock! + 1);
  }
  return acknowledged;
}

test('S1 S6 every acknowledged record survives kill -9 of the process', async () => {
  const folder = await temporaryFolder();
  const document = freshDocument();
  const acknowledged = await writeUntilKilled(folder.path, document);
  const total = [...acknowledged.values()].reduce((sum, next) => sum + next, 0);
  assert.ok(total >= ENOUGH - 1, `${total} acknowledged`);
  assert.is(acknowledged.size, WRITERS);

  const stores = await openLevelStores(folder.path);
  let found = 0;
  for (const [client, next] of acknowledged) {
    const records = (await stores.log.read(document, new Map())).filter((record) => record.client === client);
    assert.ok(records.length >= next, `client ${client}: ${records.length} of ${next}`);
    assert.equal(
      records.map(({ clock }) => clock),
      records.map((_, index) => index),
    );
    found += next;
    const feed = new TestFeed(document, client);
    assert.equal(await stores.log.append([feed.record(records.length)]), ['stored'], 'the feed goes on');
  }
  assert.is(found, total);
  await stores.close();
  await folder.remove();
});

test.run();
