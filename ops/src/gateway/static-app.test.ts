import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { staticApp } from './static-app.js';

const test = suite('static app');
const site = mkdtempSync(join(tmpdir(), 'sotto-site-'));
const page = '<!doctype html><title>Sotto</title>';
const script = 'export const hashed = true;'.repeat(20);
mkdirSync(join(site, 'assets'));
for (const [path, text] of [
  ['index.html', page],
  ['assets/main-1a2b3c4d.js', script],
  ['service-worker.js', 'self;'],
] as const) {
  writeFileSync(join(site, path), text);
  writeFileSync(join(site, `${path}.br`), brotliCompressSync(text));
  writeFileSync(join(site, `${path}.gz`), gzipSync(text));
}
writeFileSync(join(site, 'manifest.webmanifest'), '{}');

const server = createServer(staticApp(site, { 'X-Content-Type-Options': 'nosniff' }));
let port = 0;
test.before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
test.after(() => {
  server.close();
  rmSync(site, { recursive: true });
});

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: Buffer;
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, path, method, headers, host: '127.0.0.1' }, async (answer) => {
      const parts: Buffer[] = [];
      for await (const part of answer) parts.push(part);
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) });
    });
    asked.on('error', reject).end();
  });
}

const navigation = { 'sec-fetch-mode': 'navigate', accept: 'text/html,*/*' };
const never = 'no-cache';
const forever = 'public, max-age=31536000, immutable';

test('files come as browsers can take them', async () => {
  const brotli = await ask('/assets/main-1a2b3c4d.js', { 'accept-encoding': 'gzip, deflate, br' });
  assert.is(brotli.headers['content-encoding'], 'br');
  assert.is(brotliDecompressSync(brotli.body).toString(), script);
  const gzip = await ask('/assets/main-1a2b3c4d.js', { 'accept-encoding': 'gzip' });
  assert.is(gzip.headers['content-encoding'], 'gzip');
  assert.is(gunzipSync(gzip.body).toString(), script);
  const plain = await ask('/assets/main-1a2b3c4d.js');
  assert.is(plain.headers['content-encoding'], undefined);
  assert.is(plain.body.toString(), script);
  assert.is(plain.headers.vary, 'Accept-Encoding');
});

test('hashed files are kept for ever, all others are asked for each time', async () => {
  assert.is((await ask('/assets/main-1a2b3c4d.js')).headers['cache-control'], forever);
  for (const path of ['/', '/index.html', '/service-worker.js', '/manifest.webmanifest']) {
    const { status, headers } = await ask(path);
    assert.is(status, 200, path);
    assert.is(headers['cache-control'], never, path);
  }
});

test('a file that did not change is not sent again', async () => {
  const { headers } = await ask('/');
  const again = await ask('/', { 'if-none-match': String(headers.etag) });
  assert.is(again.status, 304);
  assert.is(again.body.length, 0);
});

test('every page that somebody opens is the app', async () => {
  for (const path of ['/welcome', '/c/abc', '/u/jane.doe', '/settings?x=1', '/%E0%A4%A']) {
    const { status, headers, body } = await ask(path, navigation);
    assert.is(status, 200, path);
    assert.is(body.toString(), page, path);
    assert.is(headers['cache-control'], never, path);
  }
});

test('what is asked for otherwise and is not there is not found', async () => {
  assert.is((await ask('/nothing.js', { accept: '*/*' })).status, 404);
  assert.is((await ask('/nothing', { 'sec-fetch-mode': 'cors', accept: 'text/html' })).status, 404);
  assert.is((await ask('/assets/main-old.js', navigation)).status, 404);
});

test('nothing outside the folder is sent', async () => {
  writeFileSync(join(site, '..', 'sotto-outside.txt'), 'secret');
  for (const path of [
    '/../sotto-outside.txt',
    '/%2e%2e/sotto-outside.txt',
    '/assets/../../sotto-outside.txt',
  ]) {
    const { status, body } = await ask(path);
    assert.is(status, 404, path);
    assert.not.match(body.toString(), 'secret');
  }
  rmSync(join(site, '..', 'sotto-outside.txt'));
});

test('only reading is allowed, and a bad range harms nothing', async () => {
  assert.is((await ask('/', {}, 'POST')).status, 405);
  const ranged = await ask('/', { range: 'bytes=9-2' });
  assert.is(ranged.status, 200);
  assert.is(ranged.body.toString(), page);
});

test('every answer bears the headers given', async () => {
  for (const path of ['/', '/nothing.js', '/assets/main-1a2b3c4d.js']) {
    assert.is((await ask(path)).headers['x-content-type-options'], 'nosniff', path);
  }
});

test.run();
