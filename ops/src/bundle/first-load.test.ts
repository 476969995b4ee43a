import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/** What a browser that was never here fetches until somebody has signed in and sent a message, as the client's benchmark saw it. */
const FIRST_LOAD = [
  /^index\.html$/,
  /^theme\.js$/,
  /^manifest\.webmanifest$/,
  /^icons\/icon\.svg$/,
  /^assets\/index-[\w-]+\.(js|css)$/,
  /^assets\/sign-in-[\w-]+\.js$/,
  /^assets\/engine(-worker)?-[\w-]{8}\.js$/,
  /^assets\/simd-[\w-]+\.wasm$/,
  /^assets\/details-[\w-]+\.js$/,
  /^assets\/rolldown-runtime-[\w-]+\.js$/,
];
const MOST_BYTES = 150_000;

const test = suite('first load');

test('U6: what comes before the first message is at most 150 kB, compressed', () => {
  const site = fileURLToPath(new URL('../../../pwa/dist/site', import.meta.url));
  const files = readdirSync(site, { recursive: true }).map((name) => String(name).replaceAll('\\', '/'));
  const bytes = FIRST_LOAD.map((pattern) => {
    const found = files.filter((name) => pattern.test(name));
    assert.ok(found.length > 0, `no file like ${pattern}`);
    return found
      .map((name) => statSync(join(site, files.includes(`${name}.br`) ? `${name}.br` : name)).size)
      .reduce((sum, size) => sum + size);
  });
  const total = bytes.reduce((sum, size) => sum + size);
  assert.ok(total <= MOST_BYTES, `${total} bytes: ${bytes.join(', ')}`);
});

test.run();
