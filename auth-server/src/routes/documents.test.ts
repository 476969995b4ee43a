import { createPublicKey } from 'node:crypto';
import {
  type AccountId,
  type ConversationId,
  DOCUMENT_AUDIENCE,
  documentClaims,
  documentName,
  documentTokenResponse,
  encodeStruct,
  feedRoot,
  type LogKind,
  type LogOwner,
  logName,
  randomId,
  TOKEN_ISSUER,
} from '@sotto/protocol';
import { jwtVerify } from 'jose';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import { newAccount, newDevice, type SignUpBody } from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';
import type { TestClient } from '../testing/test-client.js';

const test = suite<{ server: RunningServer; ada: SignUpBody; bea: SignUpBody; client: TestClient }>(
  'document tokens',
);

test.before(async (context) => {
  const { server } = Object.assign(context, { server: await startServer() });
  context.ada = newAccount(await server.linkFor('ada@example.org'), 'ada');
  context.bea = newAccount(await server.linkFor('bea@example.org'), 'bea');
  await server.client().begin('/api/signup/complete', context.bea);
  context.client = server.client();
  await context.client.begin('/api/signup/complete', context.ada);
});
test.after(({ server }) => server.close());

function segment(kind: LogKind, owner: LogOwner, number = 0): string {
  return documentName(logName(kind, owner), number);
}

/** A conversation as the sync server makes one. */
async function makeConversation(server: RunningServer, by: SignUpBody, members: AccountId[]) {
  const conversation = randomId<ConversationId>();
  const document = documentName(logName('s', conversation), 0);
  const client = 2 ** 40;
  const body = encodeStruct(feedRoot(by.device.id, client), client, 0, new Uint8Array(8));
  await server.access.advance({
    conversation,
    counter: 0,
    change: { kind: 'group', members: members.map((account) => ({ account, role: 'admin' })) },
    by: { account: by.account, device: by.device.id },
    records: [{ document, client, clock: 0, body }],
  });
  return conversation;
}

function ask(client: TestClient, document: string) {
  return client.post('/api/documents/token', { document });
}

test('H13 H14 S4 a member gets a token for one document, with a fresh client id', async ({
  server,
  ada,
  bea,
  client,
}) => {
  const conversation = await makeConversation(server, ada, [ada.account, bea.account]);
  const seen = new Set<number>();
  for (const kind of ['m', 'r', 's'] as const) {
    const document = segment(kind, conversation, 3);
    const answer = (await ask(client, document)).as(documentTokenResponse);
    const { payload } = await jwtVerify(
      answer.token,
      createPublicKey({ key: server.secrets.tokenKey, format: 'jwk' }),
      {
        issuer: TOKEN_ISSUER,
        audience: DOCUMENT_AUDIENCE,
        currentDate: new Date(server.clock.now),
      },
    );
    const claims = v.parse(documentClaims, payload);
    assert.is(claims.doc, document);
    assert.is(claims.sub, ada.account);
    assert.is(claims.did, ada.device.id);
    assert.is(claims.cid, answer.client);
    assert.ok(Number.isSafeInteger(answer.client) && answer.client >= 2 ** 32);
    seen.add(answer.client);
  }
  assert.is(seen.size, 3);
});

test('H13 S4 A2 A5 A6 own logs are given, those of others are not, whether they exist or not', async ({
  server,
  ada,
  bea,
  client,
}) => {
  const foreign = await makeConversation(server, bea, [bea.account]);
  for (const document of [segment('a', ada.account), segment('k', ada.account), segment('i', ada.device.id)])
    assert.is((await ask(client, document)).status, 200, document);
  for (const document of [
    segment('m', foreign),
    segment('s', foreign),
    segment('m', randomId<ConversationId>()),
    segment('a', bea.account),
    segment('k', bea.account),
    segment('i', bea.device.id),
    segment('i', newDevice().id),
  ])
    assert.equal([(await ask(client, document)).code], ['auth/forbidden'], document);
});

test('H13 only documents, and only for devices', async ({ server, ada, client }) => {
  for (const document of ['', 'x', 'm.short.0', `${segment('a', ada.account)}1x`, `z.${ada.account}.0`])
    assert.is((await ask(client, document)).code, 'request/invalid', document);
  const withoutDevice = server.client();
  await withoutDevice.begin('/api/login', { login: 'ada', authKey: ada.authKey });
  assert.is((await ask(withoutDevice, segment('a', ada.account))).code, 'auth/forbidden');
  assert.is((await ask(server.client(), segment('a', ada.account))).code, 'auth/token-invalid');
});

test.run();
