import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { launchPersistent } from '../browser/launch-chromium.js';
import { scanFolder } from './scan-folder.js';
import { CONTROL_PAGE } from './testing/control-page.js';

/** Control: what a page keeps in a real browser is found in its profile, whichever store it went to. */
const test = suite('scan of a Chromium profile');

/** One needle for each store and way of writing, so that each must be found by itself. */
const NEEDLES = {
  'indexeddb string': 'needle of a string in the database',
  'indexeddb two-byte string': 'игла в строке базы данных',
  'indexeddb bytes': 'needle of bytes in the database',
  'indexeddb key': 'needle of a key in the database',
  'indexeddb large value': 'needle of a large value in the database',
  'indexeddb compressible value': 'needle of a compressible value in the database',
  'deleted from indexeddb': 'needle that was deleted from the database',
  'cache body': 'needle of a body in the cache',
  'cache address': 'needle-of-an-address-in-the-cache',
  'local storage': 'needle of local storage',
  'local storage, two-byte': 'игла местного хранилища',
  'session storage': 'needle of session storage',
  'private file': 'needle of a file that is private to the origin',
};

async function servePage(): Promise<{ server: Server; origin: string }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(CONTROL_PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://localhost:${(server.address() as AddressInfo).port}` };
}

/** Starts the browser on the profile, lets the page do something, and ends the browser as its user would. */
async function inPage(profile: string, origin: string, script: string): Promise<void> {
  const context = await launchPersistent(profile);
  try {
    const page = await context.newPage();
    await page.goto(origin);
    await page.evaluate(script);
  } finally {
    await context.close();
  }
}

test('U9: every store of a page is found in the profile that the browser leaves behind', async () => {
  const profile = await mkdtemp(join(tmpdir(), 'sotto-profile-'));
  const { server, origin } = await servePage();
  const needles = Object.entries(NEEDLES).map(([name, secret]) => ({ name, secret }));
  needles.push({ name: 'control of the control', secret: 'needle that nobody ever wrote' });
  const given = JSON.stringify(NEEDLES);
  try {
    await inPage(profile, origin, `keepInDatabase(${given}).then(() => keepElsewhere(${given}))`);
    const found = await scanFolder(profile, needles);
    assert.equal([...new Set(found.map(({ needle }) => needle))].sort(), Object.keys(NEEDLES).sort());

    await inPage(profile, origin, 'fillDatabase()');
    const later = await scanFolder(profile, needles);
    const inTables = later.filter(({ where }) => where.startsWith('file > table block'));
    for (const name of ['indexeddb string', 'indexeddb two-byte string', 'indexeddb bytes', 'indexeddb key'])
      assert.ok(
        inTables.some(({ needle }) => needle === name),
        `${name} in a table`,
      );
  } finally {
    server.close();
    await rm(profile, { recursive: true, force: true });
  }
});

test.run();
