import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { vectorFiles, vectorFolder } from '../vectors/wycheproof-files.js';
import { bundleModule } from './bundle-module.js';
import { WorkerPage } from './worker-page.js';

/** The crypto library's own test files, each in a worker of a real Chromium: the same that run in Node. */
const test = suite('crypto in Chromium');
const folder = fileURLToPath(new URL('../../../packages/client', import.meta.url));
const sources = readdirSync(join(folder, 'src/crypto')).filter((file) => file.endsWith('.test.ts'));
/** It reads the README from the disk. */
const NODE_ONLY = ['readme.test.ts'];

let page: WorkerPage;
test.before(async () => {
  page = await WorkerPage.open();
});
test.after(() => page.close());

// What uvu writes goes to the page; the last line that it writes is how long it took.
const LISTENING = `{
  let text = '';
  console.log = (...parts) => {
    text += parts.join(' ') + '\\n';
    if (/Duration:/.test(parts.join(' '))) postMessage({ last: text });
  };
}`;

interface Totals {
  readonly total: number;
  readonly passed: number;
  readonly skipped: number;
}

function totalsOf(output: string): Totals {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with an escape
  const plain = output.replace(/\u001b\[[0-9;]*m/g, '');
  const [total, passed, skipped] = ['Total', 'Passed', 'Skipped'].map((word) =>
    Number(new RegExp(`${word}: +(\\d+)`).exec(plain)?.[1] ?? Number.NaN),
  ) as [number, number, number];
  return { total, passed, skipped };
}

/** Runs a test file in a worker, what it writes redirected before its first line. */
async function runInWorker(file: string): Promise<string> {
  const code = await bundleModule(file);
  return page.run<string>(`${LISTENING}\n${code}`);
}

for (const source of sources.filter((name) => !NODE_ONLY.includes(name)))
  test(source, async () => {
    const output = await runInWorker(join(folder, 'dist/crypto', source.replace(/ts$/, 'js')));
    const { total, passed, skipped } = totalsOf(output);
    assert.ok(total > 0, output);
    assert.is(passed, total, output);
    process.stdout.write(`${source}: ${passed} of ${total}${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  });

if (!vectorFolder) test.skip('vectors of Wycheproof');

for (const name of vectorFolder ? vectorFiles : []) {
  const file = join(vectorFolder!, name);
  test(`wycheproof ${name}`, async () => {
    const code = await bundleModule(join(folder, 'dist/crypto/testing/wycheproof.js'));
    const vectors = readFileSync(file, 'utf8');
    const { checked } = await page.run<{ checked: number }>(
      `${code}\ncheckWycheproof(${vectors}).then((last) => postMessage({ last }));`,
    );
    assert.ok(checked > 0);
  });
}

test.run();
