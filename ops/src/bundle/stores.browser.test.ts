import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runSuite } from '../in-worker/run-suite.js';
import { WorkerPage } from '../in-worker/worker-page.js';
import { bundleForWorker } from './testing/bundled.js';

/** The stores as the web app has them: bundled without the functions of PouchDB that are left out, over Chromium's IndexedDB. */
const test = suite('stores as bundled');
const client = fileURLToPath(new URL('../../../packages/client', import.meta.url));
const idbSuite = join(client, 'dist/store/idb-suite.js');

let page: WorkerPage;
test.before(async () => {
  page = await WorkerPage.open();
});
test.after(() => page.close());

test('keep to what every store keeps to', async () => {
  const code = await bundleForWorker(
    `import { runIdbSuites } from ${JSON.stringify(idbSuite)};\nrunIdbSuites();`,
  );
  const { total, passed, output } = await runSuite(page, code);
  assert.ok(total > 30, output);
  assert.is(passed, total, output);
});

test('a function that was left out says so', async () => {
  const code = await bundleForWorker(`
    import PouchDB from 'pouchdb-core';
    import adapter from 'pouchdb-adapter-idb';
    PouchDB.plugin(adapter);
    const said = await new PouchDB('left-out', { adapter: 'idb' }).put({ _id: 'a' }).then(String, String);
    postMessage({ last: said });
  `);
  assert.match(await page.run<string>(code), 'LeftOutError');
});

test.run();
