import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toBase64url } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from './config.js';
import { loadSecrets, SECRET_SETTINGS, secretsFromEnv } from './secrets.js';
import { codeOf } from './testing/code-of.js';

const test = suite<{ folder: string }>('secrets');
test.before.each(async (context) => {
  context.folder = await mkdtemp(join(tmpdir(), 'sotto-secrets-'));
});
test.after.each(({ folder }) => rm(folder, { recursive: true, force: true }));

test('they are made once, for the owner alone, and read from then on', async ({ folder }) => {
  const deep = join(folder, 'data');
  const first = await loadSecrets(deep);
  assert.equal(await loadSecrets(deep), first);
  assert.equal(await readdir(deep), ['secrets.json'], 'no draft is left');
  assert.is((await stat(join(deep, 'secrets.json'))).mode & 0o777, 0o600);
  for (const key of [first.grantKey, first.preloginKey, first.refreshKey]) assert.is(key.length, 32);
  const all = [first.grantKey, first.preloginKey, first.refreshKey].map(toBase64url);
  assert.is(new Set([...all, first.tokenKey.d]).size, 4);
});

test('the token key signs and verifies', async ({ folder }) => {
  const { tokenKey } = await loadSecrets(folder);
  const privateKey = createPrivateKey({ key: tokenKey, format: 'jwk' });
  const { d: _, ...publicJwk } = tokenKey;
  const message = Buffer.from('claims');
  const signature = sign(null, message, privateKey);
  assert.ok(verify(null, message, createPublicKey({ key: publicJwk, format: 'jwk' }), signature));
});

test('two folders have different secrets', async ({ folder }) => {
  const [a, b] = [await loadSecrets(join(folder, 'a')), await loadSecrets(join(folder, 'b'))];
  assert.not.equal(a.grantKey, b.grantKey);
  assert.not.equal(a.tokenKey, b.tokenKey);
});

test('whoever makes them at the same time gets the same ones', async ({ folder }) => {
  const all = await Promise.all(Array.from({ length: 20 }, () => loadSecrets(folder)));
  for (const secrets of all) assert.equal(secrets, all[0]);
  assert.equal(await readdir(folder), ['secrets.json']);
});

test('a file that is damaged is refused, named, never quoted and never replaced', async ({ folder }) => {
  const path = join(folder, 'secrets.json');
  const good = await loadSecrets(folder).then(() => readFile(path, 'utf8'));
  const whole = JSON.parse(good) as Record<string, unknown>;
  const { x, ...rest } = whole.tokenKey as Record<string, string>;
  const damaged = [
    '',
    good.slice(0, 60),
    '{}',
    JSON.stringify({ ...whole, grantKey: 'c2hvcnQ' }),
    JSON.stringify({ ...whole, refreshKey: undefined }),
    JSON.stringify({ ...whole, tokenKey: { ...rest, x: `${x!.startsWith('A') ? 'B' : 'A'}${x!.slice(1)}` } }),
    JSON.stringify({ ...whole, tokenKey: { ...rest, x, d: 'AAAA' } }),
  ];
  for (const text of damaged) {
    await writeFile(path, text);
    let message = '';
    assert.is(
      await codeOf(async () => {
        try {
          await loadSecrets(folder);
        } catch (error) {
          message = String(error) + String((error as Error).cause);
          throw error;
        }
      }),
      'secrets/invalid',
    );
    assert.match(message, path);
    assert.not.match(message, rest.d!);
    assert.is(await readFile(path, 'utf8'), text);
  }
});

test('a folder that cannot be used is said', async ({ folder }) => {
  await writeFile(join(folder, 'file'), '');
  assert.is(await codeOf(() => loadSecrets(join(folder, 'file'))), 'secrets/unreadable');
});

test('the environment holds the same secrets', async ({ folder }) => {
  const secrets = await loadSecrets(folder);
  const env = {
    [SECRET_SETTINGS.tokenKey]: JSON.stringify(secrets.tokenKey),
    [SECRET_SETTINGS.grantKey]: toBase64url(secrets.grantKey),
    [SECRET_SETTINGS.preloginKey]: toBase64url(secrets.preloginKey),
    [SECRET_SETTINGS.refreshKey]: toBase64url(secrets.refreshKey),
  };
  assert.equal(secretsFromEnv(env), secrets);
  assert.is(secretsFromEnv({ HOME: '/root' }), undefined);
  assert.is(secretsFromEnv({ [SECRET_SETTINGS.grantKey]: '' }), undefined);
});

test('what is missing or wrong in the environment is named, never quoted', () => {
  const env = { [SECRET_SETTINGS.tokenKey]: 'not json', [SECRET_SETTINGS.grantKey]: 'short-secret' };
  try {
    secretsFromEnv(env);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, ConfigError);
    const { mistakes, message } = error as ConfigError;
    assert.is(mistakes.length, 4);
    for (const name of Object.values(SECRET_SETTINGS)) assert.match(message, name);
    assert.not.match(message, 'short-secret');
    assert.not.match(message, 'not json');
  }
});

test.run();
