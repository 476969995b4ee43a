import { createHash, randomBytes } from 'node:crypto';
import type { AttachmentReference } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import { LIMITS, parseId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accountOf } from '../people/account.js';
import { acquaint } from '../people/acquaint.js';
import { isMessage, newPerson, type Person, type PersonOptions, signUp } from '../people/person.js';
import { companyOf } from './testing/company.js';
import { codeOf } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';

/** Attached files, from one person to another over real servers. */
const test = suite('attachments');
const QUOTA = 40_000_000;
const servers = await runServers(undefined, { quotaBytes: QUOTA });
const { kept } = companyOf(test, servers);

/** Between an engine and the servers: counts what passes, and fails it at will. */
class Line {
  /** Chunks that were sent and answered. */
  sent = 0;
  got = 0;
  /** Chunks that pass before `onCut` happens. */
  cutAfter = Number.POSITIVE_INFINITY;
  onCut: () => unknown = () => undefined;
  tamper: (path: string, bytes: Uint8Array) => Uint8Array = (_path, bytes) => bytes;

  readonly fetch: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    const isChunk = /^\/sync\/attachments\/[^/]+\/[^/]+\/\d+$/.test(pathname);
    if (isChunk && this.sent + this.got >= this.cutAfter) {
      this.onCut();
      throw new TypeError('fetch failed');
    }
    const response = await fetch(input, init);
    if (!isChunk || !response.ok) return response;
    if (init?.method === 'PUT') this.sent += 1;
    else {
      this.got += 1;
      const bytes = this.tamper(pathname, new Uint8Array(await response.arrayBuffer()));
      return new Response(new Uint8Array(bytes), { status: response.status, headers: response.headers });
    }
    return response;
  };

  again(): void {
    this.cutAfter = Number.POSITIVE_INFINITY;
  }
}

async function somebody(name: string, options: PersonOptions = {}): Promise<Person> {
  const person = kept(await newPerson(servers, name, options));
  await signUp(servers, person);
  return person;
}

const [line, far] = [new Line(), new Line()];
let a: Person;
let b: Person;
let conversation: ConversationId;
test.before(async () => {
  a = await somebody('ann', { fetch: line.fetch });
  b = await somebody('bob', { fetch: far.fetch });
  conversation = await acquaint(a, b);
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function attach(person: Person, conversation: ConversationId, bytes: Uint8Array, name = 'a file.bin') {
  const file = new Blob([new Uint8Array(bytes)]);
  const type = 'application/octet-stream';
  const { attachment } = await person.engine.calls.attach({ conversation, file, name, type });
  return attachment;
}

/** @returns what the newest message with an attachment speaks of, once it is there */
async function received(person: Person, conversation: ConversationId, text: string) {
  const timeline = await person.untilTimeline(conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.text === text),
  );
  const message = timeline.items.findLast((item) => isMessage(item) && item.text === text);
  return message && isMessage(message) ? (message.attachments ?? []) : [];
}

async function opened(person: Person, conversation: ConversationId, attachment: AttachmentReference) {
  const blob = await person.engine.calls.openAttachment({ conversation, attachment });
  return new Uint8Array(await blob.arrayBuffer());
}

async function untilMarked(person: Person, conversation: ConversationId, text: string, mark: string) {
  await person.untilTimeline(conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.text === text && item.mark === mark),
  );
}

/** Waits until nothing of an attached file is left on its device: the server was told that it lasts. */
async function untilDone(person: Person, conversation: ConversationId, { id }: AttachmentReference) {
  const owner = await accountOf(person);
  for (;;) {
    const dues = await servers.stores.claims.list({ prefix: 'attachment-due:' });
    const upload = await servers.stores.claims.get(`attachment:${conversation}:${id}`);
    if (upload && dues.length === 0) return owner;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('U6: 25 MB go from one to another, through a cut line, a server that is killed and a reload', async () => {
  const bytes = randomBytes(LIMITS.attachmentBytes);
  const attachment = await attach(a, conversation, bytes, 'film.mp4');
  assert.equal([attachment.size, attachment.name], [LIMITS.attachmentBytes, 'film.mp4']);
  line.cutAfter = 20;
  let cuts = 0;
  line.onCut = () => {
    cuts += 1;
  };
  await a.engine.calls.send({ conversation, text: 'a film', attachments: [attachment.id] });
  await a.engine.calls.send({ conversation, text: 'what do you think of it?' });
  // What is on its way can be looked at.
  assert.is(sha256(await opened(a, conversation, attachment)), sha256(bytes));
  while (cuts === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const before = line.sent;
  assert.ok(before >= 20 && before < 25, `${before}`);

  // The server dies while it goes on.
  line.cutAfter = 50;
  let stopped: Promise<void> | undefined;
  line.onCut = () => {
    stopped ??= servers.stop();
  };
  await a.engine.calls.reconnect();
  while (!stopped) await new Promise((resolve) => setTimeout(resolve, 10));
  await stopped;

  // And the page is loaded anew.
  await a.reload();
  line.cutAfter = 70;
  let reloads = 0;
  line.onCut = () => {
    reloads += 1;
  };
  await servers.start();
  await a.engine.calls.reconnect();
  while (reloads === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const midway = await b.conversations();
  assert.not.ok(
    midway.some(({ last }) => last?.text === 'a film' || last?.text.startsWith('what do')),
    'nothing goes before its file, nor what was said after it',
  );
  await a.reload();
  line.again();
  const [got] = await received(b, conversation, 'a film');
  await received(b, conversation, 'what do you think of it?');
  assert.equal(got, attachment);
  assert.is(sha256(await opened(b, conversation, got!)), sha256(bytes));
  assert.ok(line.sent <= LIMITS.attachmentChunks + 9, `sent again: ${line.sent - LIMITS.attachmentChunks}`);

  // A part asks for its chunks alone.
  const read = { conversation, attachment: got!, from: 1_000_000, to: 1_000_500 };
  const part = await b.engine.calls.readAttachment(read);
  assert.is(Buffer.compare(part, bytes.subarray(1_000_000, 1_000_500)), 0);

  // Confirmed, and nothing is left on the device that sent it.
  await untilDone(a, conversation, attachment);
  const usage = await a.engine.calls.attachmentUsage();
  assert.equal(usage, { used: LIMITS.attachmentBytes + 16 * LIMITS.attachmentChunks, quota: QUOTA });
  assert.is(sha256(await opened(a, conversation, attachment)), sha256(bytes), 'from the server now');

  // Beyond the quota the message fails with its code, what comes after it does not, and it can be given up.
  const more = await attach(a, conversation, randomBytes(15_000_000));
  const { event } = await a.engine.calls.send({ conversation, text: 'too much', attachments: [more.id] });
  await a.engine.calls.send({ conversation, text: 'without it' });
  const failed = await a.untilTimeline(conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.id === event && item.mark === 'failed'),
  );
  assert.ok(failed.items.some((item) => isMessage(item) && item.error === 'attachment/quota'));
  await received(b, conversation, 'without it');
  await a.engine.calls.retry({ conversation, event });
  await untilMarked(a, conversation, 'too much', 'failed');
  await a.engine.calls.discard({ conversation, event });
  const { used } = await a.engine.calls.attachmentUsage();
  assert.is(used, usage.used);
  for (const person of [a, b]) assert.equal(person.faults, []);
});

test('U6: what the server swaps, changes or cuts off is refused, and comes once it is honest', async () => {
  const bytes = randomBytes(3 * LIMITS.attachmentChunkBytes);
  const [one, two_] = [await attach(a, conversation, bytes), await attach(a, conversation, bytes)];
  assert.is.not(one.id, two_.id, 'the same file twice is not to be told as the same');
  assert.is.not(one.key, two_.key);
  await a.engine.calls.send({ conversation, text: 'two', attachments: [one.id, two_.id] });
  const [first] = await received(b, conversation, 'two');
  const served = new Map<string, Uint8Array>();
  far.tamper = (path, chunk) => {
    served.set(path, chunk);
    return chunk;
  };
  assert.is(sha256(await opened(b, conversation, first!)), sha256(bytes));
  assert.is(served.size, 4);
  const flipped = (chunk: Uint8Array) => Uint8Array.from(chunk, (byte, at) => (at === 9 ? byte ^ 1 : byte));
  const other = (path: string) =>
    served.get(path.replace(/\d+$/, (index) => String((Number(index) + 1) % 4)))!;
  for (const tamper of [
    (_: string, chunk: Uint8Array) => flipped(chunk),
    (path: string) => other(path),
    (_: string, chunk: Uint8Array) => chunk.subarray(0, chunk.length - 1),
    () => new Uint8Array(),
  ]) {
    far.tamper = tamper;
    assert.is(await codeOf(opened(b, conversation, first!)), 'client/attachment-damaged');
  }
  far.tamper = (_path, chunk) => chunk;
  assert.is(sha256(await opened(b, conversation, first!)), sha256(bytes));
  const wrongKey = { ...first!, key: two_.key };
  assert.is(await codeOf(opened(b, conversation, wrongKey)), 'client/attachment-damaged');
  const wrongSize = { ...first!, size: 1_000 };
  assert.is(await codeOf(opened(b, conversation, wrongSize)), 'client/attachment-damaged');
});

test('U6 A2: who is removed, or never belonged, cannot fetch it', async () => {
  const c = await somebody('cleo');
  const { conversation: group } = await a.engine.calls.createGroup({
    name: 'files',
    people: await Promise.all([b, c].map(accountOf)),
    sharesPast: false,
  });
  await b.untilList((list) => list.some(({ id }) => id === group));
  await c.untilList((list) => list.some(({ id }) => id === group));
  const bytes = randomBytes(5_000);
  const attachment = await attach(a, group, bytes);
  await a.engine.calls.send({ conversation: group, text: 'for all', attachments: [attachment.id] });
  const [got] = await received(b, group, 'for all');
  assert.is(sha256(await opened(b, group, got!)), sha256(bytes));
  await a.engine.calls.removeMember({ conversation: group, account: await accountOf(b) });
  await b.untilList((list) => list.some(({ id, member }) => id === group && !member));
  assert.is(await codeOf(opened(b, group, got!)), 'sync/not-a-member');
  assert.is(sha256(await opened(c, group, (await received(c, group, 'for all'))[0]!)), sha256(bytes));
  const stranger = await somebody('dora');
  assert.is(await codeOf(opened(stranger, group, got!)), 'sync/not-a-member');
});

test('U6: what is no file for a message is refused with a code', async () => {
  const { calls } = a.engine;
  const type = 'text/plain';
  const file = new Blob(['x']);
  const huge = new Blob([new Uint8Array(LIMITS.attachmentBytes + 1)]);
  const name = 'x';
  assert.is(await codeOf(calls.attach({ conversation, file: huge, name, type })), 'attachment/too-large');
  for (const wrong of [{ name: '' }, { name: '../x' }, { type: 'text' }])
    assert.is(
      await codeOf(calls.attach({ ...{ conversation, file, name, type }, ...wrong })),
      'client/attachment-invalid',
    );
  const nowhere = parseId<ConversationId>('AAAAAAAAAAAAAAAAAAAAAA');
  assert.is(await codeOf(calls.attach({ conversation: nowhere, file, name, type })), 'auth/not-found');
  const { attachment } = await calls.attach({ conversation, file, name, type });
  await calls.detach({ attachment: attachment.id });
  const send = () => calls.send({ conversation, text: 'gone', attachments: [attachment.id] });
  assert.is(await codeOf(send()), 'client/file-unreadable');
  const { attachment: kept } = await calls.attach({ conversation, file, name, type });
  await calls.send({ conversation, text: '', attachments: [kept.id] });
  assert.is(
    await codeOf(calls.send({ conversation, text: 'again', attachments: [kept.id] })),
    'client/file-unreadable',
  );
  const [got] = await received(b, conversation, '');
  assert.equal([got!.name, got!.type, got!.size], ['x', 'text/plain', 1]);
  const empty = await attach(a, conversation, new Uint8Array(0), 'nothing');
  await calls.send({ conversation, text: 'empty', attachments: [empty.id] });
  assert.is((await opened(b, conversation, (await received(b, conversation, 'empty'))[0]!)).length, 0);
});

test.run();
