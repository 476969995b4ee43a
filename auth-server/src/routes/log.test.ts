import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newAccount } from '../testing/new-account.js';
import { startServer } from '../testing/running-server.js';

const test = suite('log');

test('S7 a whole life of an account leaves no name, secret or token in the log', async () => {
  const server = await startServer();
  const token = await server.linkFor('ada@example.org');
  const ada = newAccount(token, 'adalovelace');
  const client = server.client();
  const session = await client.begin('/api/signup/complete', ada);
  const cookies = [client.cookie!];
  await client.post('/api/signup/check', { token });
  await client.post('/api/prelogin', { login: 'adalovelace' });
  await client.post('/api/login', { login: 'adalovelace', authKey: new Uint8Array(32).fill(7) });
  await client.get('/api/people/adalovelace');
  await client.get('/api/people/somebodyelse');
  await client.begin('/api/session/refresh');
  cookies.push(client.cookie!);
  server.claims.writes = 0;
  server.claims.dies = { at: 1, after: false };
  assert.is((await client.post('/api/login', { login: 'adalovelace', authKey: ada.authKey })).status, 503);
  server.claims.revive();
  await client.post('/api/session/end');
  await server.close();

  assert.ok(server.logged.length >= 9);
  assert.ok(server.logged.some((line) => line.includes('/api/people/:username')));
  assert.ok(
    server.logged.some((line) => line.includes('the process is dead')),
    'failures are logged',
  );
  const text = server.logged.join('');
  const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const secrets = [token, ada.authKey, ada.vault, ada.kdf.salt, new Uint8Array(32).fill(7)].map(base64url);
  const names = ['adalovelace', 'somebodyelse', 'example.org', ada.account, ada.device.id];
  const tokens = [session.accessToken, ...cookies.map((cookie) => cookie.split('.')[2]!)];
  for (const secret of [...secrets, ...names, ...tokens]) assert.not.ok(text.includes(secret), secret);
});

test.run();
