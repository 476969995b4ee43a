import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { couchSettings, couchSettingsFrom } from './settings.js';

const test = suite('settings of CouchDB');

test("URLs lose their credentials, which are the cookie's", () => {
  const settings = couchSettings('http://so%40to:p%3Aw@a:5984, https://b/couch', { prefix: 'x', shards: 3 });
  assert.equal(
    settings.urls.map(({ href }) => href),
    ['http://a:5984/', 'https://b/couch/'],
  );
  assert.equal(settings.auth, { kind: 'cookie', name: 'so@to', password: 'p:w' });
  assert.is(settings.shards, 3);
});

test('what is wrong is said without what was given', () => {
  for (const attempt of [
    () => couchSettings(''),
    () => couchSettings('secret'),
    () => couchSettings('ftp://a:secret@b'),
    () => couchSettings('http://a', { prefix: 'Secret' }),
    () => couchSettings('http://a', { shards: 0 }),
    () => couchSettingsFrom({}),
    () => couchSettingsFrom({ COUCHDB_URL: 'http://a', COUCHDB_SHARDS: 'secret' }),
  ]) {
    assert.throws(attempt, (error: Error) => error instanceof RangeError && !/secret/i.test(error.message));
  }
});

test('the environment names prefix, shards and a token', () => {
  const settings = couchSettingsFrom({
    COUCHDB_URL: 'http://a,http://b',
    COUCHDB_PREFIX: 'p',
    COUCHDB_SHARDS: '4',
    COUCHDB_TOKEN: 't',
  });
  assert.is(settings.prefix, 'p');
  assert.is(settings.shards, 4);
  assert.is(settings.urls.length, 2);
  assert.is(settings.auth.kind, 'jwt');
});

test('the claims may have another cluster as their home, with credentials of its own', () => {
  const { urls, auth, home } = couchSettingsFrom({
    COUCHDB_URL: 'http://here',
    COUCHDB_TOKEN: 't',
    COUCHDB_HOME_URL: 'https://name:password@there',
  });
  assert.is(urls[0]!.href, 'http://here/');
  assert.is(auth.kind, 'jwt');
  assert.is(home!.urls[0]!.href, 'https://there/');
  assert.equal(home!.auth, { kind: 'cookie', name: 'name', password: 'password' });
});

test.run();
