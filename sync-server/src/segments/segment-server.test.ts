import { createHash } from 'node:crypto';
import type { ConversationId } from '@sotto/protocol';
import { ANSWER, documentName, LIMITS, logName, parseUpdate } from '@sotto/protocol';
import {
  createHttpApp,
  createLogger,
  finishHttpApp,
  Health,
  listen,
  type RunningServer,
} from '@sotto/service';
import { sessionEndedKey } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestDevice } from '../testing/device.js';
import type { Person } from '../testing/server.js';
import { accessToken, feedRecords, keys, messages, person, TestServer } from '../testing/server.js';
import { createSegmentServer, type SegmentServer } from './segment-server.js';

interface Context {
  server: TestServer;
  http: RunningServer;
  segments: SegmentServer;
  ann: Person;
  ben: Person;
  one: TestDevice;
  conversation: ConversationId;
}

const test = suite<Context>('segments over HTTP');
const SEGMENTS = 5;

test.before.each(async (context) => {
  context.server = await TestServer.start();
  const { stores, access } = context.server;
  const logger = createLogger({ name: 'sync', level: 'silent' });
  context.segments = createSegmentServer({
    ...{ log: stores.log, claims: stores.claims, access, tokenKey: keys.publicKey },
  });
  const app = createHttpApp({ logger, health: new Health() });
  context.segments.addRoutes(app);
  finishHttpApp(app);
  context.http = await listen(app, { port: 0, host: '127.0.0.1' });
  [context.ann, context.ben] = [person(), person()];
  context.one = await context.server.device(context.ann);
  context.conversation = await context.server.conversation(context.one, context.ben);
  for (let segment = 0; segment < SEGMENTS; segment += 1)
    for (const [client, by] of [
      [7, context.ann],
      [2 ** 40, context.ben],
    ] as const)
      await stores.log.append(
        feedRecords(by, messages(context.conversation, segment), client, LIMITS.segmentSoft / 2),
      );
});
test.after.each(async ({ server, http, segments }) => {
  await http.close(100);
  segments.close();
  await server.stop();
});

async function get(
  { http }: Context,
  document: string,
  who: Person | undefined,
  headers: Record<string, string> = {},
) {
  const authorization = who ? { authorization: `Bearer ${await accessToken(who)}` } : {};
  return fetch(`http://127.0.0.1:${http.port}/sync/segments/${document}`, {
    headers: { ...authorization, ...headers },
  });
}

async function codeOf(response: Response): Promise<string> {
  assert.is(response.headers.get('cache-control'), 'no-store');
  assert.is(response.headers.get('etag'), null);
  return ((await response.json()) as { code: string }).code;
}

test('[C9] a closed segment is byte for byte what a join gives, and may be kept', async (context) => {
  const { ann, ben, conversation, one } = context;
  for (const segment of [0, 1]) {
    const document = messages(conversation, segment);
    one.ask(document);
    const joined = await one.until(
      () => one.all('sync').find((frame) => frame.document === document && frame.message.step === 'answer'),
      'an answer',
    );
    for (const who of [ann, ben]) {
      const response = await get(context, document, who);
      assert.is(response.status, 200);
      const bytes = new Uint8Array(await response.arrayBuffer());
      assert.equal(bytes, joined.message.payload);
      const runs = parseUpdate(bytes, document, ANSWER);
      assert.is(
        runs.reduce((sum, { records }) => sum + records.length, 0),
        LIMITS.segmentSoft,
      );
      const tag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
      assert.is(response.headers.get('etag'), tag);
      assert.is(response.headers.get('cache-control'), 'private, max-age=31536000, immutable');
      assert.is(response.headers.get('content-type'), 'application/octet-stream');
      assert.match(response.headers.get('vary') ?? '', 'Authorization');
      const again = await get(context, document, who, { 'if-none-match': tag });
      assert.is(again.status, 304);
      assert.is((await again.arrayBuffer()).byteLength, 0);
      const other = await get(context, document, who, { 'if-none-match': '"other"' });
      assert.is(other.status, 200);
    }
  }
});

test('[C9] what may still take envelopes, or have some on their way, is never to be kept', async (context) => {
  const { ann, conversation, server } = context;
  for (const segment of [SEGMENTS + 1, SEGMENTS, SEGMENTS - 1, SEGMENTS - 2, SEGMENTS - 3])
    assert.is(await codeOf(await get(context, messages(conversation, segment), ann)), 'sync/segment-open');
  // What the server gave for good takes nothing more.
  const one = context.one;
  const { client } = one;
  assert.ok(client > 0);
  for (const segment of [0, 1]) {
    const document = messages(conversation, segment);
    const before = await (await get(context, document, ann)).arrayBuffer();
    one.append(segment + 1, document, one.updateAt(document, 0, 1));
    assert.is((await one.next('error')).code, 'sync/segment-closed');
    assert.equal(await (await get(context, document, ann)).arrayBuffer(), before);
  }
  await server.stores.log.append(feedRecords(ann, messages(conversation, SEGMENTS), 7, 1));
  assert.is((await get(context, messages(conversation, SEGMENTS - 3), ann)).status, 200);
});

test('[C9] [A2] members alone, with a token in the header; a refusal is not to be kept', async (context) => {
  const { ann, ben, conversation, one, server, http } = context;
  const document = messages(conversation);
  const eve = person();
  assert.is(await codeOf(await get(context, document, eve)), 'sync/not-a-member');
  assert.is(await codeOf(await get(context, document, undefined)), 'auth/token-invalid');
  const forged = await accessToken(ann, { forged: true });
  const url = `http://127.0.0.1:${http.port}/sync/segments/${document}`;
  assert.is(
    await codeOf(await fetch(url, { headers: { authorization: `Bearer ${forged}` } })),
    'auth/token-invalid',
  );
  assert.is(await codeOf(await fetch(`${url}?token=${await accessToken(ann)}`)), 'auth/token-invalid');
  const tag = (await get(context, document, ben)).headers.get('etag')!;
  // Whoever was a member and kept the tag is told no more than others.
  await server.advance(one, conversation, 1, [ann]);
  assert.is(await codeOf(await get(context, document, ben, { 'if-none-match': tag })), 'sync/not-a-member');
  assert.is((await get(context, document, ann)).status, 200);
  await server.stores.claims.own(sessionEndedKey(ann.session), new Uint8Array());
  assert.is(await codeOf(await get(context, document, ann)), 'auth/session-invalid');
  const inbox = documentName(logName('i', ann.device), 0);
  assert.is(await codeOf(await get(context, inbox, eve)), 'sync/not-a-member');
  for (const bad of ['m.x.0', `${document}0000000`, '..%2f..', 'a'])
    assert.is(await codeOf(await get(context, bad, eve)), 'request/invalid');
});

test.run();
