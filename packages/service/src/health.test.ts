import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServedApp } from './testing/served-app.js';
import { serveApp } from './testing/served-app.js';

const test = suite<{ app: ServedApp }>('health');
test.before.each(async (context) => {
  context.app = await serveApp(() => undefined);
});
test.after.each(({ app }) => app.close());

async function readyz(app: ServedApp): Promise<[number, unknown]> {
  const response = await fetch(`${app.origin}/readyz`);
  return [response.status, await response.json()];
}

test('a process without checks is alive and ready', async ({ app }) => {
  assert.is((await fetch(`${app.origin}/healthz`)).status, 200);
  assert.equal(await readyz(app), [200, { ready: true, draining: false, failing: [] }]);
});

test('one check that fails or hangs makes it not ready, and is named', async ({ app }) => {
  let isBroken = true;
  app.health.add('store', async () => {
    if (isBroken) throw new Error('secret detail');
  });
  app.health.add('mail', async () => {});
  assert.equal(await readyz(app), [503, { ready: false, draining: false, failing: ['store'] }]);
  isBroken = false;
  assert.equal(await readyz(app), [200, { ready: true, draining: false, failing: [] }]);
  app.health.add('mail', () => new Promise(() => undefined));
  assert.equal(await readyz(app), [503, { ready: false, draining: false, failing: ['mail'] }]);
  assert.is((await fetch(`${app.origin}/healthz`)).status, 200);
});

test('a check that throws at once fails too', async ({ app }) => {
  app.health.add('rude', () => {
    throw new Error('not even a promise');
  });
  assert.is((await readyz(app))[0], 503);
});

test('S12 a draining process is alive and not ready', async ({ app }) => {
  app.health.drain();
  assert.equal(await readyz(app), [503, { ready: false, draining: true, failing: [] }]);
  assert.is((await fetch(`${app.origin}/healthz`)).status, 200);
});

test('S7 probes do not fill the log', async ({ app }) => {
  await fetch(`${app.origin}/healthz`);
  const line = await app.requestLine();
  assert.is(line.level, 20, 'debug');
  assert.is(line.route, '/healthz');
});

test.run();
