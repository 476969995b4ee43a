import { randomBytes } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startServer } from '../testing/running-server.js';

const test = suite('sign-up limits');
const hour = 3_600_000;

test('S3 one address gets so many mails an hour, known or not, and others are not held up', async () => {
  const server = await startServer({ signUpToAddress: { count: 2, withinMs: hour } });
  const client = server.client();
  const ask = (email: string) => client.post('/api/signup', { email });
  assert.is((await ask('a@example.org')).status, 202);
  assert.is((await ask('A@example.org')).status, 202);
  const refused = await ask('a@example.org');
  assert.is(refused.status, 429);
  assert.is(refused.code, 'request/too-fast');
  assert.is((await ask('b@example.org')).status, 202);
  assert.is((await server.mails()).length, 3);
  server.clock.now += hour + 1;
  assert.is((await ask('a@example.org')).status, 202);
  await server.close();
});

test('S3 one network address may ask for so many links and try so many', async () => {
  const server = await startServer({
    signUpFromNetwork: { count: 3, withinMs: hour },
    linkFromNetwork: { count: 4, withinMs: hour },
  });
  const client = server.client();
  const asked = [];
  for (let index = 0; index < 4; index += 1)
    asked.push((await client.post('/api/signup', { email: `n${index}@example.org` })).status);
  assert.equal(asked, [202, 202, 202, 429]);
  const tried = [];
  for (let index = 0; index < 5; index += 1)
    tried.push((await client.post('/api/signup/check', { token: new Uint8Array(randomBytes(32)) })).code);
  assert.equal(tried, [...Array.from({ length: 4 }, () => 'auth/link-unknown'), 'request/too-fast']);
  await server.close();
});

test.run();
