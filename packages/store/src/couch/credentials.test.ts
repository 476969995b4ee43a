import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Credentials } from './credentials.js';

const test = suite('credentials of CouchDB');
const COOKIE = { kind: 'cookie', name: 'sotto', password: 'secret' } as const;

function signingIn(...cookies: readonly (string | undefined)[]) {
  let asked = 0;
  const signIn = async () => {
    const cookie = cookies[asked++];
    return cookie === undefined
      ? { status: 401, headers: {} }
      : { status: 200, headers: { 'set-cookie': [`AuthSession=${cookie}; Version=1; Path=/; HttpOnly`] } };
  };
  return { signIn, asked: () => asked };
}

test('one sign-in serves all who ask, until what it gave is refused', async () => {
  const { signIn, asked } = signingIn('one', 'two');
  const credentials = new Credentials(COOKIE, signIn);
  const first = credentials.headers();
  assert.equal(
    await Promise.all([first, credentials.headers()]),
    Array(2).fill({ cookie: 'AuthSession=one' }),
  );
  credentials.refused(first);
  const second = credentials.headers();
  credentials.refused(first);
  assert.is(credentials.headers(), second, 'the old one was refused, not this one');
  assert.equal(await second, { cookie: 'AuthSession=two' });
  assert.is(asked(), 2);
});

test('a cookie that an answer renews is used from then on', async () => {
  const credentials = new Credentials(COOKIE, signingIn('one').signIn);
  await credentials.headers();
  credentials.heard({ status: 200, headers: { 'set-cookie': 'AuthSession=newer; Path=/' } });
  assert.equal(await credentials.headers(), { cookie: 'AuthSession=newer' });
  credentials.heard({ status: 200, headers: { 'set-cookie': 'AuthSession=; Path=/' } });
  credentials.heard({ status: 200, headers: {} });
  assert.equal(await credentials.headers(), { cookie: 'AuthSession=newer' });
});

test('a refused sign-in is an error without the password, and is tried again', async () => {
  const credentials = new Credentials(COOKIE, signingIn(undefined, 'one').signIn);
  const error = await credentials.headers().then(String, String);
  assert.match(error, 'refused');
  assert.not.match(error, 'secret');
  assert.equal(await credentials.headers(), { cookie: 'AuthSession=one' });
});

test('a bearer token is asked for once, and again when it is refused', async () => {
  let made = 0;
  const credentials = new Credentials({ kind: 'jwt', token: () => `t${made++}` }, signingIn().signIn);
  const first = credentials.headers();
  assert.equal(await first, { authorization: 'Bearer t0' });
  assert.equal(await credentials.headers(), { authorization: 'Bearer t0' });
  credentials.refused(first);
  assert.equal(await credentials.headers(), { authorization: 'Bearer t1' });
});

test.run();
