import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { vectorFiles, vectorFolder } from '../vectors/wycheproof-files.js';
import { bundleModule } from './bundle-module.js';
import { runSuite } from './run-suite.js';
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

for (const source of sources.filter((name) => !NODE_ONLY.includes(name)))
  test(source, async () => {
    const code = await bundleModule(join(folder, 'dist/crypto', source.replace(/ts$/, 'js')));
    const { total, passed, skipped, output } = await runSuite(page, code);
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
