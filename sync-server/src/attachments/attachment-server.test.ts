import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { AttachmentId, ConversationId } from '@sotto/protocol';
import { attachmentIdFromBytes, attachmentPreimage, LIMITS, randomId, toBase64url } from '@sotto/protocol';
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
import { accessToken, keys, type Person, person, TestServer } from '../testing/server.js';
import type { AttachmentLimits } from './attachment-limits.js';
import { type AttachmentServer, createAttachmentServer } from './attachment-server.js';

interface Context {
  server: TestServer;
  http: RunningServer;
  attachments: AttachmentServer;
  logged: string[];
}

const CHUNK = LIMITS.attachmentChunkBytes;
const test = suite<Context>('attachments over HTTP');

async function serve(
  context: Context,
  limits: Partial<AttachmentLimits> = {},
  quotaBytes?: number,
): Promise<void> {
  const { claims, chunks } = context.server.stores;
  context.logged = [];
  const destination = { write: (line: string) => void context.logged.push(line) };
  const logger = createLogger({ name: 'sync', destination });
  context.attachments = createAttachmentServer({
    ...{ claims, chunks, logger, limits, access: context.server.access, tokenKey: keys.publicKey },
    ...(quotaBytes !== undefined && { quotaBytes }),
  });
  const app = createHttpApp({ logger, health: new Health() });
  context.attachments.addRoutes(app);
  finishHttpApp(app);
  context.http = await listen(app, { port: 0, host: '127.0.0.1' });
}

test.before.each(async (context) => {
  context.server = await TestServer.start();
  await serve(context);
});
test.after.each(async ({ http, attachments, server }) => {
  await http.close(100);
  await attachments.close();
  await server.stop();
});

const sha256 = async (bytes: Uint8Array) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));

interface File {
  readonly id: AttachmentId;
  readonly body: { readonly size: number; readonly chunks: readonly string[] };
  readonly chunks: readonly Uint8Array[];
}

async function file(size: number): Promise<File> {
  const bytes = randomBytes(size);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < size; at += CHUNK) chunks.push(new Uint8Array(bytes.subarray(at, at + CHUNK)));
  const hashes = await Promise.all(chunks.map(sha256));
  const id = attachmentIdFromBytes(await sha256(attachmentPreimage(size, hashes)));
  return { id, chunks, body: { size, chunks: hashes.map((hash) => toBase64url(hash)) } };
}

/** Asks as somebody. @returns the status, the code of a refusal, and what came */
async function ask(
  { http }: Context,
  who: Person | string | undefined,
  method: string,
  path: string,
  body?: unknown,
  more: Record<string, string> = {},
) {
  const token = typeof who === 'object' ? await accessToken(who) : who;
  const binary = body instanceof Uint8Array;
  const response = await fetch(`http://127.0.0.1:${http.port}/sync/attachments${path}`, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': binary ? 'application/octet-stream' : 'application/json' }),
      ...more,
    },
    ...(body !== undefined && { body: binary ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const json = isJson ? (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>) : {};
  return { status: response.status, code: json.code, json, bytes, headers: response.headers };
}

async function talk({ server }: Context, ...others: Person[]) {
  const ann = await server.device(person());
  const conversation = await server.conversation(ann, ...others);
  return { ann: ann.who, device: ann, conversation };
}

async function upload(
  context: Context,
  who: Person,
  conversation: ConversationId,
  sent: File,
): Promise<void> {
  const begun = await ask(context, who, 'PUT', `/${conversation}/${sent.id}`, sent.body);
  assert.is(begun.status, 200);
  for (const index of begun.json.missing as number[]) {
    const put = await ask(context, who, 'PUT', `/${conversation}/${sent.id}/${index}`, sent.chunks[index]);
    assert.is(put.status, 204);
  }
}

test('[H23 to H28] a member uploads, another reads it, and it can be dropped', async (context) => {
  const bob = person();
  const { ann, conversation } = await talk(context, bob);
  const sent = await file(2 * CHUNK + 1_000);
  const path = `/${conversation}/${sent.id}`;
  assert.equal((await ask(context, ann, 'PUT', path, sent.body)).json, { missing: [0, 1, 2] });
  assert.is((await ask(context, ann, 'PUT', `${path}/1`, sent.chunks[1])).status, 204);
  assert.equal((await ask(context, ann, 'PUT', path, sent.body)).json, { missing: [0, 2] });
  const early = await ask(context, bob, 'GET', path);
  assert.equal([early.status, early.code, early.json.retryAfterMs], [409, 'attachment/incomplete', 1_000]);
  await upload(context, ann, conversation, sent);
  assert.is((await ask(context, ann, 'POST', `${path}/confirm`)).status, 204);
  const manifest = await ask(context, bob, 'GET', path);
  assert.equal(manifest.json, sent.body);
  assert.is(manifest.headers.get('cache-control'), 'no-store');
  for (const [index, chunk] of sent.chunks.entries()) {
    const got = await ask(context, bob, 'GET', `${path}/${index}`);
    assert.is(Buffer.compare(got.bytes, chunk), 0);
    assert.is(got.headers.get('cache-control'), 'private, max-age=31536000, immutable');
    assert.is(got.headers.get('content-type'), 'application/octet-stream');
    assert.is(got.headers.get('x-content-type-options'), 'nosniff');
  }
  assert.is((await ask(context, bob, 'GET', `${path}/3`)).code, 'attachment/unknown');
  assert.equal((await ask(context, ann, 'GET', '')).json, { used: sent.body.size, quota: 1_073_741_824 });
  assert.is((await ask(context, bob, 'DELETE', path)).code, 'auth/forbidden');
  assert.is((await ask(context, ann, 'DELETE', path)).status, 204);
  assert.is((await ask(context, bob, 'GET', path)).code, 'attachment/unknown');
  assert.equal((await ask(context, ann, 'GET', '')).json, { used: 0, quota: 1_073_741_824 });
});

test('[A1] a request needs a token of a device whose session stands', async (context) => {
  const { ann, conversation } = await talk(context);
  const sent = await file(100);
  await upload(context, ann, conversation, sent);
  const attempts = [
    ['GET', ''],
    ['PUT', `/${conversation}/${sent.id}`, sent.body],
    ['PUT', `/${conversation}/${sent.id}/0`, sent.chunks[0]],
    ['POST', `/${conversation}/${sent.id}/confirm`],
    ['DELETE', `/${conversation}/${sent.id}`],
    ['GET', `/${conversation}/${sent.id}`],
    ['GET', `/${conversation}/${sent.id}/0`],
  ] as const;
  const refusedAs = async (who: string | Person | undefined, code: string) => {
    for (const [method, path, body] of attempts)
      assert.is((await ask(context, who, method, path, body)).code, code, `${method} ${path}`);
  };
  await refusedAs(undefined, 'auth/token-invalid');
  await refusedAs('nonsense', 'auth/token-invalid');
  await refusedAs(await accessToken(ann, { forged: true }), 'auth/token-invalid');
  await refusedAs(await accessToken(ann, { expiresAt: Date.now() - 1_000 }), 'auth/token-invalid');
  await refusedAs(await accessToken(ann, { device: false }), 'auth/forbidden');
  await context.server.stores.claims.own(sessionEndedKey(ann.session), new Uint8Array());
  await refusedAs(ann, 'auth/session-invalid');
});

test('[F3, F5, A2] who does not belong, or no longer, gets nothing', async (context) => {
  const bob = person();
  const { ann, device, conversation } = await talk(context, bob);
  const sent = await file(100);
  const path = `/${conversation}/${sent.id}`;
  await upload(context, ann, conversation, sent);
  assert.is((await ask(context, bob, 'GET', `${path}/0`)).status, 200);
  await context.server.advance(device, conversation, 1, [ann]);
  const other = await file(100);
  for (const who of [bob, person()])
    for (const [method, at, body] of [
      ['PUT', `/${conversation}/${other.id}`, other.body],
      ['PUT', `${path}/0`, sent.chunks[0]],
      ['POST', `${path}/confirm`, undefined],
      ['GET', path, undefined],
      ['GET', `${path}/0`, undefined],
    ] as const)
      assert.is((await ask(context, who, method, at, body)).code, 'sync/not-a-member', `${method} ${at}`);
  const nowhere = await ask(context, ann, 'GET', `/${randomId()}/${sent.id}`);
  assert.is(nowhere.code, 'sync/not-a-member', 'a conversation that nobody made looks alike');
  assert.is((await ask(context, ann, 'GET', `${path}/0`)).status, 200);
});

test('[F2, F4] what is not what the id says is refused, however it comes', async (context) => {
  const { ann, conversation } = await talk(context);
  const sent = await file(CHUNK + 500);
  const path = `/${conversation}/${sent.id}`;
  const code = async (method: string, at: string, body?: unknown, more?: Record<string, string>) =>
    (await ask(context, ann, method, at, body, more)).code;
  assert.is(await code('PUT', `${path}/0`, sent.chunks[0]), 'attachment/unknown');
  assert.is(await code('PUT', path, { ...sent.body, size: sent.body.size + 1 }), 'attachment/mismatch');
  assert.is(await code('PUT', path, { ...sent.body, size: -1 }), 'request/invalid');
  assert.is(await code('PUT', path, { size: 1 }), 'request/invalid');
  assert.is(await code('PUT', path, { ...sent.body, size: 30_000_000 }), 'attachment/too-large');
  assert.is((await ask(context, ann, 'PUT', path, sent.body)).status, 200);
  for (const bytes of [
    sent.chunks[1]!,
    sent.chunks[0]!.subarray(1),
    randomBytes(CHUNK + 1),
    randomBytes(CHUNK),
  ])
    assert.is(await code('PUT', `${path}/0`, new Uint8Array(bytes)), 'attachment/mismatch');
  assert.is(
    await code('PUT', `${path}/0`, sent.chunks[0], { 'content-encoding': 'gzip' }),
    'request/invalid',
  );
  assert.is(await code('PUT', `${path}/7`, sent.chunks[0]), 'attachment/mismatch');
  for (const wrong of ['-1', '00', '1e0', '101', 'x'])
    assert.is(await code('PUT', `${path}/${wrong}`, sent.chunks[0]), 'request/invalid', wrong);
  assert.is(await code('GET', `/${conversation}/${sent.id.slice(1)}`), 'request/invalid');
  assert.equal((await ask(context, ann, 'PUT', path, sent.body)).json, { missing: [0, 1] });
  const foreign = { origin: 'https://evil.example' };
  assert.is(await code('PUT', path, sent.body, foreign), 'auth/forbidden', 'of another site');
});

test('[F4] a body that breaks off leaves nothing, and can be sent again', async (context) => {
  const { ann, conversation } = await talk(context);
  const sent = await file(CHUNK + 500);
  const path = `/${conversation}/${sent.id}`;
  await ask(context, ann, 'PUT', path, sent.body);
  const authorization = `Bearer ${await accessToken(ann)}`;
  await new Promise<void>((resolve) => {
    const cut = request({
      host: '127.0.0.1',
      port: context.http.port,
      method: 'PUT',
      path: `/sync/attachments${path}/0`,
      headers: { authorization, 'content-type': 'application/octet-stream', 'content-length': CHUNK },
    });
    cut.on('error', () => resolve());
    cut.write(sent.chunks[0]!.subarray(0, CHUNK / 2), () => setTimeout(() => cut.destroy(), 20));
  });
  assert.equal((await ask(context, ann, 'PUT', path, sent.body)).json, { missing: [0, 1] });
  await upload(context, ann, conversation, sent);
});

test('[F8] a quota that is used up is told', async (context) => {
  await context.http.close(100);
  await context.attachments.close();
  await serve(context, {}, 200_000);
  const { ann, conversation } = await talk(context);
  await upload(context, ann, conversation, await file(140_000));
  const more = await file(400);
  const refused = await ask(context, ann, 'PUT', `/${conversation}/${more.id}`, more.body);
  assert.equal([refused.status, refused.code], [413, 'attachment/quota']);
  assert.equal((await ask(context, ann, 'GET', '')).json, { used: 140_000, quota: 200_000 });
});

test('[F9] too fast is told with the time to wait, and does not concern others', async (context) => {
  await context.http.close(100);
  await context.attachments.close();
  await serve(context, { sentBurst: 1_000, sentPerSecond: 1, givenBurst: CHUNK, givenPerSecond: 1 });
  const bob = person();
  const { ann, conversation } = await talk(context, bob);
  const [one, two] = [await file(700), await file(700)];
  await upload(context, ann, conversation, one);
  await ask(context, ann, 'PUT', `/${conversation}/${two.id}`, two.body);
  const refused = await ask(context, ann, 'PUT', `/${conversation}/${two.id}/0`, two.chunks[0]);
  assert.equal([refused.status, refused.code], [429, 'request/too-fast']);
  assert.ok((refused.json.retryAfterMs as number) > 300_000);
  assert.is((await ask(context, bob, 'GET', `/${conversation}/${one.id}/0`)).status, 200);
  assert.is((await ask(context, bob, 'GET', `/${conversation}/${one.id}/0`)).code, 'request/too-fast');
  const own = await file(700);
  await upload(context, bob, conversation, own);
});

test('nothing that is logged says whose, what or where', async (context) => {
  const { ann, conversation } = await talk(context);
  const sent = await file(CHUNK + 500);
  await upload(context, ann, conversation, sent);
  await ask(context, ann, 'GET', `/${conversation}/${sent.id}/1`);
  await ask(context, ann, 'GET', `/${conversation}/${sent.id}/9`);
  const text = context.logged.join('');
  assert.match(text, '/sync/attachments/:conversation/:attachment/:chunk');
  for (const secret of [conversation, sent.id, ann.account, ann.device, ann.session, 'Bearer', 'eyJ'])
    assert.not.ok(text.includes(secret));
});

test.run();
