import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openLevelKeyStore } from './level-key-store.js';

const test = suite('key store on a full disk');
const small = new Uint8Array(700);
const large = new Uint8Array(4_000);

/** Files of this process take no more than so many bytes: what a full disk is to LevelDB. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
}

async function logLength(folder: string): Promise<number> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
  return (await stat(join(folder, logs.at(-1)!))).size;
}

async function fails(work: () => Promise<unknown>): Promise<boolean> {
  return work().then(
    () => false,
    () => true,
  );
}

for (const room of [0, 7, 900])
  test(`what was written after a write that failed with room for ${room} bytes survives the process`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-full-'));
    const keys = join(folder, 'keys');
    const store = await openLevelKeyStore(keys);
    await store.write([{ key: 'chain/0', value: small }]);
    limitFiles((await logLength(keys)) + room);
    try {
      const beside = ['a', 'b'].map((name) => () => store.write([{ key: name, value: large }]));
      assert.equal(await Promise.all(beside.map(fails)), [true, true]);
      assert.ok(await store.get('chain/0'), 'it can be read');
    } finally {
      limitFiles('unlimited');
    }
    for (let number = 1; number < 60; number += 1)
      await store.write([{ key: `chain/${number}`, value: small }]);
    // What a process that is killed now would leave.
    await cp(keys, join(folder, 'left'), { recursive: true });
    const left = await openLevelKeyStore(join(folder, 'left'));
    assert.is((await left.list('chain/')).length, 60);
    await left.close();
    await store.close();
    assert.ok(await fails(() => store.write([{ key: 'late', value: small }])));
    assert.ok(await fails(() => store.get('late')), 'closed is closed');
    await rm(folder, { recursive: true });
  });

test.run();
