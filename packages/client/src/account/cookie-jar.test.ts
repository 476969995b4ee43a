import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createCookieJar } from './cookie-jar.js';

const test = suite('cookie jar');

test('a cookie is sent under its path, and nowhere else', () => {
  const jar = createCookieJar();
  jar.take(['a=1; Path=/api/session; HttpOnly; SameSite=Strict', 'b=x=y']);
  assert.is(jar.header('/api/session/refresh'), 'a=1; b=x=y');
  assert.is(jar.header('/api/session'), 'a=1; b=x=y');
  assert.is(jar.header('/api/sessions'), 'b=x=y');
  assert.is(jar.header('/'), 'b=x=y');
});

test('a later value replaces the earlier one, and an expired one ends it', () => {
  let now = 1_000_000;
  const jar = createCookieJar([], () => now);
  jar.take(['a=1; Max-Age=10']);
  jar.take(['a=2; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT']);
  assert.is(jar.header('/'), 'a=2');
  now += 10_000;
  assert.is(jar.header('/'), undefined);
  jar.take(['a=3', 'b=4; Expires=Thu, 01 Jan 1970 00:00:00 GMT']);
  assert.is(jar.header('/'), 'a=3');
  jar.take(['a=; Max-Age=0']);
  assert.is(jar.header('/'), undefined);
});

test('a saved jar goes on where it was; what is no cookie is dropped', () => {
  const jar = createCookieJar();
  jar.take(['a=1; Path=/x; Max-Age=100', 'b=2', '', '=3', 'nothing']);
  const again = createCookieJar(jar.save());
  assert.is(again.header('/x/y'), 'a=1; b=2');
  assert.is(again.header('/'), 'b=2');
});

test.run();
