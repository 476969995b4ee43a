import {
  type AccountId,
  deviceListsResponse,
  newerListsResponse,
  personResponse,
  randomId,
} from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newAccount, type SignUpBody } from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';
import type { TestClient } from '../testing/test-client.js';

const test = suite<{ server: RunningServer; ada: SignUpBody; client: TestClient }>('directory');

test.before(async (context) => {
  context.server = await startServer();
  context.ada = newAccount(await context.server.linkFor('ada@example.org'), 'ada.l');
  await context.server.client().begin('/api/signup/complete', context.ada);
  const bea = newAccount(await context.server.linkFor('bea@example.org'), 'bea');
  context.client = context.server.client();
  await context.client.begin('/api/signup/complete', bea);
});
test.after(({ server }) => server.close());

test('H9 U13 a person is found by exact username or account, with the newest device list', async ({
  ada,
  client,
}) => {
  for (const path of ['/api/people/ada.l', '/api/people/ADA.L', `/api/accounts/${ada.account}`]) {
    const answer = await client.get(path);
    assert.is(answer.status, 200, path);
    assert.equal(answer.as(personResponse), {
      account: ada.account,
      username: 'ada.l',
      deviceList: ada.deviceList,
    });
    assert.not.ok(answer.text.includes('example.org'), 'no address');
  }
});

test('H9 whatever is nobody is not found', async ({ client }) => {
  const paths = ['people/ada', 'people/a', 'people/%20', 'people/ada.l:1', 'people/ada%40example.org'];
  for (const path of [...paths, `accounts/${randomId()}`, 'accounts/x', 'accounts/%00']) {
    const answer = await client.get(`/api/${path}`);
    assert.equal([answer.status, answer.code], [404, 'auth/not-found'], path);
  }
});

test('H21 K4 earlier device lists are told, latest first', async ({ ada, client }) => {
  const at = (version: string) => client.get(`/api/accounts/${ada.account}/lists/${version}`);
  const answer = await at('1');
  assert.is(answer.status, 200);
  assert.equal(answer.as(deviceListsResponse), { deviceLists: [ada.deviceList] });
  for (const nobodys of ['2', '0', '-1', 'x', '1e3', '999999999999999999'])
    assert.equal([(await at(nobodys)).status, (await at(nobodys)).code], [404, 'auth/not-found'], nobodys);
});

test('H22 of many accounts those are told that are newer than what is known', async ({ ada, client }) => {
  const ask = async (version: number) => {
    const known = [ada.account, randomId<AccountId>()].map((account) => ({ account, version }));
    const answer = await client.post('/api/accounts/newer', { known });
    assert.is(answer.status, 200);
    return answer.as(newerListsResponse).people;
  };
  const { account, deviceList } = ada;
  assert.equal(await ask(0), [{ account, username: 'ada.l', deviceList }]);
  assert.equal(await ask(1), [{ account, username: 'ada.l' }]);
  const many = Array.from({ length: 65 }, () => ({ account, version: 0 }));
  assert.is((await client.post('/api/accounts/newer', { known: many })).status, 400);
});

test('H9 strangers are told nothing', async ({ server, ada }) => {
  const stranger = server.client();
  const account = `/api/accounts/${ada.account}`;
  for (const path of ['/api/people/ada.l', '/api/people/nobody', account, `${account}/lists/1`])
    assert.is((await stranger.get(path)).code, 'auth/token-invalid');
});

test('S3 so many look-ups an account, by either way', async () => {
  const server = await startServer({ lookUp: { count: 2, withinMs: 60_000 } });
  const cid = newAccount(await server.linkFor('cid@example.org'), 'cid');
  const client = server.client();
  await client.begin('/api/signup/complete', cid);
  const statuses = [
    (await client.get('/api/people/cid')).status,
    (await client.get(`/api/accounts/${cid.account}`)).status,
    (await client.get('/api/people/cid')).status,
  ];
  assert.equal(statuses, [200, 200, 429]);
  await server.close();
});

test.run();
