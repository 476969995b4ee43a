import { randomBytes, randomInt } from 'node:crypto';
import {
  type AccountId,
  type ConversationId,
  documentName,
  encodeStruct,
  erasureProgressResponse,
  feedRoot,
  fromBase64url,
  type LogName,
  logName,
  randomId,
} from '@sotto/protocol';
import {
  CLAIM_FAMILIES,
  conversationKey,
  ERASED,
  erasedKind,
  SESSIONS_ENDED,
  whatIsLeft,
} from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newAccount, newDevice } from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';
import { newTwoDevices, sessionOf, type TwoDevices } from '../testing/two-devices.js';

const test = suite('erasing');

const newReceipt = () => new Uint8Array(randomBytes(16));
/** Longer than any lease. */
const LATER_MS = 300_000;

async function eventually(isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`never ${what}`);
}

async function progress(server: RunningServer, receipt: Uint8Array) {
  const answer = await server.client().post('/api/erasures/progress', { receipt });
  // Nobody asked for it, or the server has died.
  return answer.status === 200 ? answer.as(erasureProgressResponse) : undefined;
}

async function finished(server: RunningServer, receipt: Uint8Array): Promise<void> {
  await eventually(async () => (await progress(server, receipt))?.finished === true, 'finished');
}

async function write(server: RunningServer, log: LogName, device = newDevice().id, count = 2): Promise<void> {
  const document = documentName(log, 0);
  const client = randomInt(1, 2 ** 40);
  const records = Array.from({ length: count }, (_, clock) => ({
    ...{ document, client, clock },
    body: encodeStruct(feedRoot(device, client), client, clock, Uint8Array.of(clock)),
  }));
  await server.log.append(records);
}

/** A conversation of these accounts; the first made it. */
async function converse(
  server: RunningServer,
  ...accounts: AccountId[]
): Promise<{ id: ConversationId; logs: LogName[] }> {
  const id = randomId<ConversationId>();
  const [first, ...others] = accounts;
  const by = { account: first!, device: newDevice().id };
  const document = documentName(logName('s', id), 0);
  const body = encodeStruct(feedRoot(by.device, 5), 5, 0, Uint8Array.of(1));
  await server.access.advance({
    ...{ conversation: id, counter: 0, by, records: [{ document, client: 5, clock: 0, body }] },
    change: {
      kind: 'group',
      members: [
        { account: first!, role: 'admin' },
        ...others.map((account) => ({ account, role: 'member' as const })),
      ],
    },
  });
  const logs = (['m', 'r', 's'] as const).map((kind) => logName(kind, id));
  await write(server, logs[0]!);
  return { id, logs };
}

/** Keys and bodies of all claims that hold one of these. The operator's look finds the same. */
async function claimsWith(server: RunningServer, needles: Record<string, string>): Promise<string[]> {
  const found: string[] = [];
  const families = new Set<string>();
  for (const needle of Object.values(needles))
    for (const family of Object.keys((await whatIsLeft(server, needle)).claims)) families.add(family);
  for (const { key, body } of await server.claims.list({ prefix: '' }))
    for (const [name, needle] of Object.entries(needles)) {
      const known: readonly string[] = CLAIM_FAMILIES;
      assert.ok(known.includes(key.slice(0, key.indexOf(':'))), key);
      const text = Buffer.from(body);
      if (key.includes(needle) || text.includes(needle)) found.push(`${key.split(':')[0]}: ${name}`);
    }
  assert.equal([...families].sort(), [...new Set(found.map((one) => one.slice(0, one.indexOf(':'))))].sort());
  return [...new Set(found)].sort();
}

function needlesOf({ account, other }: TwoDevices, email: string): Record<string, string> {
  return {
    ...{ account: account.account, device: account.device.id, other: other.id },
    ...{ username: account.username, email },
  };
}

/** Everything that servers keep of somebody: both devices' inboxes, account log, archive, leases, links, a conversation alone. */
async function live(server: RunningServer, name: string) {
  const owner = await newTwoDevices(server, name);
  const { account, other } = owner;
  const logs = [
    logName('a', account.account),
    logName('k', account.account),
    logName('i', account.device.id),
    logName('i', other.id),
  ];
  for (const log of logs) await write(server, log);
  await server.claims.own(`lease:${other.id}:000000000001`, new Uint8Array(16));
  await server.resetFor(`${name}@example.org`);
  await server.client().post('/api/signup', { email: `${name}@example.org` });
  await server.client().post(`/api/devices/${other.id}/bundle`);
  const alone = await converse(server, account.account);
  return { owner, alone, logs: [...logs, ...alone.logs], needles: needlesOf(owner, `${name}@example.org`) };
}

async function assertGone(
  server: RunningServer,
  { owner, alone, logs, needles }: Awaited<ReturnType<typeof live>>,
) {
  const { account, other } = owner;
  for (const log of logs) assert.equal(await server.log.head(log), { segment: 0, count: 0 }, log);
  assert.equal(await claimsWith(server, needles), []);
  for (const [id, kind] of [
    [account.account, 'account'],
    [account.device.id, 'device'],
    [other.id, 'device'],
    [alone.id, 'group'],
  ] as const)
    assert.is(await erasedKind(server.claims, id), kind);
  assert.is(
    (await server.client().post('/api/login', { login: account.username, authKey: account.authKey })).code,
    'auth/credentials-wrong',
  );
}

test('O3 H29 an account goes with everything, and its names are free again', async () => {
  const server = await startServer();
  const kim = await live(server, 'kim');
  const { account, first, second } = kim.owner;
  const ann = await newTwoDevices(server, 'ann');
  const shared = await converse(server, ann.account.account, account.account);
  assert.ok((await claimsWith(server, kim.needles)).length > 10, 'control');
  const receipt = newReceipt();
  const asked = { authKey: account.authKey, receipt };
  assert.is((await server.client().post('/api/erasures/account', asked)).code, 'auth/token-invalid');
  const wrong = await first.post('/api/erasures/account', { ...asked, authKey: newReceipt() });
  assert.is(wrong.code, 'request/invalid');
  const another = await first.post('/api/erasures/account', { authKey: new Uint8Array(32), receipt });
  assert.is(another.code, 'auth/credentials-wrong');
  assert.is(await progress(server, receipt), undefined);
  assert.is((await first.post('/api/erasures/account', asked)).status, 202);
  await finished(server, receipt);
  // What others have of it is theirs: its random id in the list that they were in together.
  assert.equal(await claimsWith(server, kim.needles), ['conversation: account']);
  assert.equal((await server.access.current(shared.id))?.members, [
    { account: ann.account.account, role: 'admin' },
  ]);
  assert.is((await server.log.head(shared.logs[0]!)).count, 2);
  await server.claims.remove(conversationKey(shared.id, 1));
  await assertGone(server, kim);
  for (const client of [first, second]) {
    assert.is((await client.post('/api/session/refresh')).code, 'auth/session-invalid');
    assert.is((await client.get('/api/account')).code, 'auth/session-invalid');
  }
  assert.is((await ann.first.get(`/api/accounts/${account.account}`)).code, 'auth/not-found');
  assert.is((await ann.first.get('/api/people/kim')).code, 'auth/not-found');
  assert.is((await ann.first.post(`/api/devices/${account.device.id}/bundle`)).code, 'auth/not-found');
  const steps = await progress(server, receipt);
  assert.equal([steps?.what, steps?.finished], ['account', true]);
  assert.ok(
    steps!.done.some(({ part, count }) => part === 'logs' && count === 8),
    JSON.stringify(steps),
  );
  assert.is(await progress(server, newReceipt()), undefined);
  // The same id never comes back; the same names do, for somebody else.
  const link = await server.linkFor('kim@example.org');
  const revived = await server.client().post('/api/signup/complete', { ...account, token: link });
  assert.is(revived.code, 'request/invalid');
  const next = newAccount(link, 'kim');
  await server.client().begin('/api/signup/complete', next);
  assert.is((await ann.first.get('/api/people/kim')).status, 200);
  assert.equal(
    server.logged.filter((line) => line.includes('erasure failed')),
    [],
  );
  await server.close();
});

test('O5 an account that is half erased is erased wholly, wherever the server died', async () => {
  const server = await startServer({}, { sweepMs: 20 });
  let points = 0;
  const seed = randomInt(1, 30);
  process.stdout.write(`erasing an account: first point ${seed}\n`);
  // Dying after a write is dying before the next one. Some of the points each time; all of them with CRASH=all.
  for (let at = process.env.CRASH === 'all' ? 1 : seed; ; at += process.env.CRASH === 'all' ? 1 : 31) {
    const name = `kim${at}`;
    const kim = await live(server, name);
    const { account, first } = kim.owner;
    const receipt = newReceipt();
    server.claims.writes = 0;
    server.claims.dies = { at, after: false };
    const ask = () => first.post('/api/erasures/account', { authKey: account.authKey, receipt });
    const answered = (await ask()).status === 202;
    if (answered)
      await eventually(
        async () => server.claims.isDead || (await progress(server, receipt))?.finished === true,
        'dead or done',
      );
    const died = server.claims.isDead;
    server.claims.revive();
    if (!died) break;
    points += 1;
    server.clock.now += LATER_MS;
    // What was not answered is asked again, as a client does.
    if (!answered) assert.is((await ask()).status, 202, `write ${at}`);
    await finished(server, receipt);
    await assertGone(server, kim);
  }
  process.stdout.write(`${points} crash points\n`);
  assert.ok(points >= 2, String(points));
  await server.close();
});

test('O2 H30 a group is erased by its admin, not by who is in it, and any conversation by who is alone in it', async () => {
  const server = await startServer();
  const [ann, ben] = [await newTwoDevices(server, 'ann'), await newTwoDevices(server, 'ben')];
  const { id: conversation, logs } = await converse(server, ann.account.account, ben.account.account);
  const receipt = newReceipt();
  const asked = { conversation, receipt };
  assert.is((await ben.first.post('/api/erasures/conversation', asked)).code, 'auth/forbidden');
  const unknown = { conversation: randomId<ConversationId>(), receipt };
  assert.is((await ann.first.post('/api/erasures/conversation', unknown)).code, 'auth/forbidden');
  assert.is((await server.access.current(conversation))?.counter, 1);
  assert.is((await ann.first.post('/api/erasures/conversation', asked)).status, 202);
  assert.equal((await server.access.current(conversation))?.members ?? [], []);
  assert.is((await ann.first.post('/api/erasures/conversation', asked)).status, 202, 'asked again');
  await finished(server, receipt);
  assert.is((await ann.first.post('/api/erasures/conversation', asked)).status, 202, 'and when all is done');
  const other = { conversation, receipt: newReceipt() };
  assert.is((await ann.first.post('/api/erasures/conversation', other)).code, 'auth/forbidden');
  for (const log of logs) assert.equal(await server.log.head(log), { segment: 0, count: 0 });
  assert.equal(await claimsWith(server, { conversation }), []);
  assert.equal(await server.access.of(ann.account.account), []);
  await server.close();
});

test('O4 what is left when all is done says that ids are used up and when what was deleted, and names nothing', async () => {
  const server = await startServer();
  const kim = await live(server, 'kim');
  const sessions = [kim.owner.first, kim.owner.second].map(sessionOf);
  const receipt = newReceipt();
  const { account, first } = kim.owner;
  await first.post('/api/erasures/account', { authKey: account.authKey, receipt });
  await finished(server, receipt);
  await eventually(
    async () => (await server.claims.list({ prefix: 'erasure:' })).length === 0,
    'done with the conversation',
  );
  const families = new Set<string>();
  for (const { key, body } of await server.claims.list({ prefix: '' })) {
    families.add(key.slice(0, key.indexOf(':') + 1));
    assert.not.ok(Buffer.from(body).includes(Buffer.from(fromBase64url(account.account))));
  }
  assert.equal([...families].sort(), [ERASED, 'erasure-step:', SESSIONS_ENDED].sort());
  for (const session of sessions) assert.ok(await server.claims.get(SESSIONS_ENDED + session));
  await server.close();
});

test.run();
