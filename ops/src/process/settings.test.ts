import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProgramPackage } from './program.js';

const test = suite('settings of processes');

function run(from: ProgramPackage, env: Record<string, string>) {
  const path = fileURLToPath(new URL('main.js', import.meta.resolve(from)));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  return { status, said: stderr.trim().split('\n'), all: stdout + stderr };
}

const SECRET = 'secret nonsense';

test('auth server: every mistake in the settings is said at once, without a value, and the exit code is 2', () => {
  const { status, said, all } = run('@sotto/auth-server', {
    SOTTO_ORIGIN: `https://${SECRET}/path`,
    SOTTO_TOKEN_KEY: SECRET,
    SOTTO_PRELOGIN_KEY: SECRET,
    STORE_URL: SECRET,
    TRUSTED_PROXIES: SECRET,
  });
  assert.is(status, 2);
  assert.equal(said.map((line) => line.split(/:? /).slice(0, 2).join(' ')).sort(), [
    'auth-server SOTTO_ORIGIN',
    'auth-server SOTTO_PRELOGIN_KEY',
    'auth-server SOTTO_REFRESH_KEY',
    'auth-server SOTTO_TOKEN_KEY',
    'auth-server STORE_URL',
    'auth-server TRUSTED_PROXIES',
  ]);
  assert.not.match(all, 'secret');
});

test('auth server: only half of a token key is no token key', () => {
  const half = JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: 'AAAA' });
  const { status, said } = run('@sotto/auth-server', { SOTTO_TOKEN_KEY: half });
  assert.is(status, 2);
  assert.ok(said.some((line) => line.includes('SOTTO_TOKEN_KEY')));
});

test('notifier: the same; there is no notifier without a mail server', () => {
  const { status, said, all } = run('@sotto/notifier', { SMTP_FROM: SECRET, COUCHDB_URL: SECRET });
  assert.is(status, 2);
  assert.is(said.length, 3);
  assert.match(all, 'SMTP_URL is missing');
  assert.match(all, 'SMTP_FROM: is no sender');
  assert.match(all, 'CouchDB: not a URL');
  assert.not.match(all, 'secret');
  const address = run('@sotto/notifier', { SMTP_URL: 'https://secret@mail/', STORE_URL: 'unix:/x' });
  assert.is(address.said.length, 2);
  assert.not.match(address.all, 'secret');
});

test.run();
