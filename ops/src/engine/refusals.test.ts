import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineCalls, SessionSnapshot } from '@sotto/client';
import type { ConversationId, DeviceId, EventId } from '@sotto/protocol';
import {
  decodeSignedDeviceList,
  documentName,
  encodeStruct,
  feedRoot,
  LIMITS,
  logName,
  randomId,
} from '@sotto/protocol';
import { deviceListPrefix } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, PASSWORD, type Person, said, signUp } from '../people/person.js';
import { scanFolder } from '../scan/scan-folder.js';
import { runServers } from './testing/running-servers.js';

/** What the engine refuses and how it stands when things go against it, with the real servers. */
const test = suite('refusals, headless');
const servers = await runServers();
const people: Person[] = [];
test.after(async () => {
  for (const person of people) await person.remove();
  await servers.remove();
});

async function somebody(name: string): Promise<Person> {
  const person = await newPerson(servers, name);
  people.push(person);
  await signUp(servers, person);
  return person;
}

/** Two people who know each other, with a message each. */
async function acquainted(a: string, b: string): Promise<[Person, Person, ConversationId]> {
  const [first, second] = [await somebody(a), await somebody(b)];
  const { conversation } = await first.engine.calls.startDirect({ username: b });
  await first.engine.calls.send({ conversation, text: `from ${a}` });
  await second.untilList((list) => list.length === 1);
  await second.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await second.engine.calls.send({ conversation, text: `from ${b}` });
  await first.untilTimeline(conversation, ({ items }) => items.length === 2);
  return [first, second, conversation];
}

async function codeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return 'no error';
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
}

function untilSession<S extends SessionSnapshot['state']>(
  person: Person,
  state: S,
): Promise<Extract<SessionSnapshot, { state: S }>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`session did not become ${state}`)), 15_000);
    const stop = person.engine.watch('session', null, (session) => {
      if (session.state !== state) return;
      clearTimeout(timer);
      queueMicrotask(() => stop());
      resolve(session as Extract<SessionSnapshot, { state: S }>);
    });
  });
}

function untilNothingQueued(person: Person): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('something stays queued')), 15_000);
    const stop = person.engine.watch('connection', null, ({ queued }) => {
      if (queued > 0) return;
      clearTimeout(timer);
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

/** Time for what must not happen. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 1_000));

test('U7: a text of 24,000 bytes goes, one more and half a character are refused and leave nothing', async () => {
  const [mara, noor, conversation] = await acquainted('mara', 'noor');
  const { send } = mara.engine.calls;
  assert.is(await codeOf(send({ conversation, text: 'x'.repeat(24_001) })), 'client/message-too-long');
  assert.is(await codeOf(send({ conversation, text: 'é'.repeat(12_001) })), 'client/message-too-long');
  assert.is(await codeOf(send({ conversation, text: 'half \ud83d of one' })), 'client/message-malformed');
  assert.is(await codeOf(send({ conversation, text: '\udc69\ud83d' })), 'client/message-malformed');
  await send({ conversation, text: 'é'.repeat(12_000) });
  const whole = await noor.untilTimeline(conversation, ({ items }) => items.length === 3);
  assert.is(whole.items.filter(isMessage)[2]!.text, 'é'.repeat(12_000));
  await untilNothingQueued(mara);
  assert.equal(await mara.engine.calls.localContents(), { conversations: 1, queued: 0 });
});

test('U7: nobody is found under an unknown name, and nobody writes to themselves', async () => {
  const paolo = await somebody('paolo');
  const { startDirect } = paolo.engine.calls;
  assert.is(await codeOf(startDirect({ username: 'nobody-here' })), 'auth/not-found');
  assert.is(await codeOf(startDirect({ username: '' })), 'auth/not-found');
  assert.is(await codeOf(startDirect({ username: '../people/paolo' })), 'auth/not-found');
  assert.is(await codeOf(startDirect({ username: 'paolo' })), 'client/own-username');
  assert.is(await codeOf(startDirect({ username: ' PAOLO ' })), 'client/own-username');
  assert.equal(await paolo.conversations(), []);
});

test('U7: the count of what waits goes back to nothing though nobody is there to receive', async () => {
  const [solo, absent] = [await somebody('solo'), await somebody('absent')];
  await absent.engine.close();
  const { conversation } = await solo.engine.calls.startDirect({ username: 'absent' });
  await solo.engine.calls.send({ conversation, text: 'for later' });
  await untilNothingQueued(solo);
  const shown = await solo.untilTimeline(conversation, ({ items }) => items.length === 1);
  assert.equal(
    shown.items.map((item) => isMessage(item) && item.mark),
    ['sent'],
  );
});

test('U5: whatever needs an account is refused while signed out', async () => {
  const olga = await newPerson(servers, 'olga');
  people.push(olga);
  const conversation = 'AAAAAAAAAAAAAAAAAAAAAA' as ConversationId;
  const event = 'AAAAAAAAAAAAAAAAAAAAAA' as EventId;
  const { calls } = olga.engine;
  const refused: { [K in keyof EngineCalls]?: () => Promise<unknown> } = {
    localContents: () => calls.localContents(),
    startDirect: () => calls.startDirect({ username: 'mara' }),
    answerRequest: () => calls.answerRequest({ conversation, answer: 'accept' }),
    unblock: () => calls.unblock({ conversation }),
    send: () => calls.send({ conversation, text: 'x' }),
    retry: () => calls.retry({ conversation, event }),
    discard: () => calls.discard({ conversation, event }),
    markRead: () => calls.markRead({ conversation, event }),
    saveDraft: () => calls.saveDraft({ conversation, text: 'x' }),
    loadOlder: () => calls.loadOlder({ conversation }),
    reconnect: () => calls.reconnect(),
  };
  for (const [name, call] of Object.entries(refused))
    assert.is(await codeOf(call()), 'client/not-signed-in', name);
  // These change nothing and are no error.
  await calls.signOut();
  await calls.removeFromBrowser({ password: null });
  const session = await untilSession(olga, 'signed-out');
  assert.equal(session, { state: 'signed-out', evicted: false, removed: false, ended: false, known: null });
});

test('U2: wrong credentials are refused alike, whichever part was wrong, and the right ones still work', async () => {
  const ines = await somebody('ines');
  await ines.engine.calls.signOut();
  const { signIn } = ines.engine.calls;
  for (const login of ['ines', 'ines@example.org', 'not-ines', 'not-ines@example.org'])
    assert.is(await codeOf(signIn({ login, password: 'not the password' })), 'auth/credentials-wrong', login);
  assert.equal(await untilSession(ines, 'signed-out'), {
    state: 'signed-out',
    evicted: false,
    removed: false,
    ended: false,
    known: { username: 'ines' },
  });
  await signIn({ login: 'ines@example.org', password: PASSWORD });
  assert.is((await untilSession(ines, 'signed-in')).username, 'ines');
});

test('U8: signing out while offline and in again keeps history, draft and queue on this device', async () => {
  const [teo, ilse, conversation] = await acquainted('teo', 'ilse');
  await servers.stop();
  await teo.engine.calls.send({ conversation, text: 'queued 1' });
  await teo.engine.calls.send({ conversation, text: 'queued 2' });
  await teo.engine.calls.saveDraft({ conversation, text: 'half a thought' });
  assert.equal(await teo.engine.calls.localContents(), { conversations: 1, queued: 2 });
  await teo.engine.calls.signOut();
  assert.equal(await teo.conversations(), []);
  assert.is(await codeOf(teo.engine.calls.send({ conversation, text: 'x' })), 'client/not-signed-in');
  // A reload while signed out stays signed out.
  await teo.reload();
  assert.equal((await untilSession(teo, 'signed-out')).known, { username: 'teo' });

  await servers.start();
  await teo.engine.calls.signIn({ login: 'teo', password: PASSWORD });
  await untilSession(teo, 'signed-in');
  const texts = ['teo: from teo', 'ilse: from ilse', 'teo: queued 1', 'teo: queued 2'];
  const back = await teo.untilTimeline(conversation, ({ items }) =>
    items.every((item) => isMessage(item) && item.mark !== 'queued'),
  );
  assert.equal(said(back), texts);
  assert.is(back.draft, 'half a thought');
  await ilse.engine.calls.reconnect();
  assert.equal(said(await ilse.untilTimeline(conversation, ({ items }) => items.length === 4)), texts);
});

test('U13: a declined request is quiet, tells nothing, and can be taken up after all', async () => {
  const [rosa, emil] = [await somebody('rosa'), await somebody('emil')];
  const { conversation } = await rosa.engine.calls.startDirect({ username: 'emil' });
  await rosa.engine.calls.send({ conversation, text: 'hello stranger' });
  await emil.untilList((list) => list.length === 1);
  await emil.engine.calls.answerRequest({ conversation, answer: 'decline' });
  await rosa.engine.calls.send({ conversation, text: 'hello?' });
  const [declined] = await emil.untilList(([only]) => only?.last?.text === 'hello?');
  assert.is(declined!.standing, 'declined');
  assert.is(declined!.unread, 0);
  const open = await emil.untilTimeline(conversation, ({ items }) => items.length === 2);
  await emil.engine.calls.markRead({ conversation, event: open.items[1]!.id as EventId });
  await settled();
  const marks = (await rosa.untilTimeline(conversation, ({ items }) => items.length === 2)).items;
  assert.equal(
    marks.map((item) => isMessage(item) && item.mark),
    ['sent', 'sent'],
  );

  await emil.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await rosa.untilTimeline(conversation, ({ items }) =>
    items.every((item) => isMessage(item) && item.mark === 'read'),
  );
});

test('U13: somebody blocked gets no receipts, shows no unread, and hears again once unblocked', async () => {
  const [vera, kurt, conversation] = await acquainted('vera', 'kurt');
  await vera.untilTimeline(conversation, ({ items }) =>
    items.every((item) => isMessage(item) && (!item.mine || item.mark === 'delivered')),
  );
  await kurt.engine.calls.answerRequest({ conversation, answer: 'block' });
  await vera.engine.calls.send({ conversation, text: 'are you there?' });
  const [blocked] = await kurt.untilList(([only]) => only?.last?.text === 'are you there?');
  assert.is(blocked!.standing, 'blocked');
  assert.is(blocked!.unread, 0);
  await settled();
  const waiting = await vera.untilTimeline(conversation, ({ items }) => items.length === 3);
  assert.is(isMessage(waiting.items[2]!) && waiting.items[2].mark, 'sent');
  // Standing survives a reload, and is on the account's other devices too.
  await kurt.reload();
  assert.is((await kurt.untilList((list) => list.length === 1))[0]!.standing, 'blocked');
  await kurt.engine.calls.unblock({ conversation });
  await vera.untilTimeline(conversation, ({ items }) =>
    items.every((item) => isMessage(item) && (!item.mine || item.mark === 'delivered')),
  );
});

test('U5: a session ended elsewhere signs this device out, says so, and wipes nothing', async () => {
  const [lena, mika, conversation] = await acquainted('lena', 'mika');
  const cookie = lena
    .cookies()
    .map((line) => line.split(';')[0]!)
    .join('; ');
  const ended = await fetch(`${servers.origin}/api/session/end`, { method: 'POST', headers: { cookie } });
  assert.ok(ended.ok, `${ended.status}`);
  assert.equal(await untilSession(lena, 'signed-out'), {
    state: 'signed-out',
    evicted: false,
    removed: false,
    ended: true,
    known: { username: 'lena' },
  });
  assert.equal(await lena.conversations(), []);
  assert.is(await codeOf(lena.engine.calls.send({ conversation, text: 'x' })), 'client/not-signed-in');
  await mika.engine.calls.send({ conversation, text: 'meanwhile' });
  await lena.engine.calls.signIn({ login: 'lena', password: PASSWORD });
  const back = await lena.untilTimeline(conversation, ({ items }) => items.length === 3);
  assert.equal(said(back), ['lena: from lena', 'mika: from mika', 'mika: meanwhile']);
});

test('U5: removing an account from a device leaves nothing of it there, and another account untouched', async () => {
  const [hugo, , conversation] = await acquainted('hugo-leaves', 'ada');
  await hugo.engine.calls.saveDraft({ conversation, text: 'draft' });
  const session = await untilSession(hugo, 'signed-in');
  await hugo.engine.calls.signOut();
  const email = 'hugo-stays@example.org';
  await hugo.engine.calls.requestSignUp({ email });
  const token = await servers.linkToken(email);
  await hugo.engine.calls.completeSignUp({ token, username: 'hugo-stays', password: PASSWORD });
  const other = await untilSession(hugo, 'signed-in');
  assert.equal((await readdir(hugo.folder)).sort(), [session.account, other.account, 'profiles'].sort());

  await hugo.engine.calls.signIn({ login: 'hugo-leaves', password: PASSWORD });
  await hugo.engine.calls.removeFromBrowser({ password: null });
  assert.equal(await untilSession(hugo, 'signed-out'), {
    state: 'signed-out',
    evicted: false,
    removed: false,
    ended: false,
    known: null,
  });
  assert.equal((await readdir(hugo.folder)).sort(), [other.account, 'profiles'].sort());
  assert.ok((await readdir(join(hugo.folder, other.account))).length > 0);
  const [gone, stays] = [session, other].map(({ username, account }) => [
    { name: 'username', secret: username },
    { name: 'account', secret: account },
  ]);
  assert.equal(await scanFolder(hugo.folder, gone!), []);
  assert.is(new Set((await scanFolder(hugo.folder, stays!)).map(({ needle }) => needle)).size, 2);

  await hugo.engine.calls.signIn({ login: 'hugo-stays', password: PASSWORD });
  await untilSession(hugo, 'signed-in');
  // On this device the first account is a new one now.
  await hugo.engine.calls.signIn({ login: 'hugo-leaves', password: PASSWORD });
  await untilSession(hugo, 'signed-in');
});

test('U7: several conversations at once do not mix', async () => {
  const [hub, ...others] = [
    await somebody('hub'),
    await somebody('spoke-1'),
    await somebody('spoke-2'),
    await somebody('spoke-3'),
  ];
  const ids: ConversationId[] = [];
  for (const other of others)
    ids.push((await hub.engine.calls.startDirect({ username: other.name })).conversation);
  assert.is(new Set(ids).size, 3);
  for (let round = 0; round < 10; round += 1)
    await Promise.all(
      ids.map((conversation, index) =>
        hub.engine.calls.send({ conversation, text: `${round} to ${others[index]!.name}` }),
      ),
    );
  for (const [index, other] of others.entries()) {
    const conversation = ids[index]!;
    await other.untilList((list) => list.length === 1 && list[0]!.unread === 10);
    const there = await other.untilTimeline(conversation, ({ items }) => items.length === 10);
    const expected = Array.from({ length: 10 }, (_, round) => `hub: ${round} to ${other.name}`);
    assert.equal(said(there), expected);
    await other.engine.calls.send({ conversation, text: `back from ${other.name}` });
  }
  for (const [index, other] of others.entries()) {
    const here = await hub.untilTimeline(ids[index]!, ({ items }) =>
      items.some((item) => isMessage(item) && !item.mine),
    );
    assert.is(said(here).at(-1), `${other.name}: back from ${other.name}`);
    assert.equal(
      said(here).filter((line) => !line.includes(other.name)),
      [],
    );
  }
});

test('U8: both begin the same conversation while offline, and everything queued arrives on both sides', async () => {
  const [nils, yara] = [await somebody('nils'), await somebody('yara')];
  const { conversation } = await nils.engine.calls.startDirect({ username: 'yara' });
  assert.is((await yara.engine.calls.startDirect({ username: 'nils' })).conversation, conversation);
  await servers.stop();
  for (let index = 0; index < 4; index += 1) {
    await nils.engine.calls.send({ conversation, text: `nils ${index}` });
    await yara.engine.calls.send({ conversation, text: `yara ${index}` });
  }
  await servers.start();
  await Promise.all([nils.engine.calls.reconnect(), yara.engine.calls.reconnect()]);
  const there = await Promise.all(
    [nils, yara].map((person) =>
      person.untilTimeline(
        conversation,
        ({ items }) => items.length === 8 && items.every((item) => isMessage(item) && item.mark !== 'queued'),
      ),
    ),
  );
  assert.equal(said(there[0]!), said(there[1]!));
  assert.is(new Set(said(there[0]!)).size, 8);
  // Both wrote to the other first: neither is a stranger.
  assert.equal(
    there.map(({ standing }) => standing),
    ['accepted', 'accepted'],
  );
  await nils.untilTimeline(conversation, ({ items }) =>
    items.every((item) => isMessage(item) && (!item.mine || item.mark === 'delivered')),
  );
  for (const person of [nils, yara]) await person.reload();
  const again = await Promise.all(
    [nils, yara].map((person) => person.untilTimeline(conversation, ({ items }) => items.length === 8)),
  );
  assert.equal(said(again[0]!), said(there[0]!));
  assert.equal(said(again[1]!), said(there[0]!));
});

test('U7: an inbox that strangers filled over several segments still takes a key record', async () => {
  const [xenia, bob] = [await somebody('xenia'), await somebody('bob')];
  const { account } = await untilSession(xenia, 'signed-in');
  const [list] = await servers.stores.claims.list({ prefix: deviceListPrefix(account), reverse: true });
  const [device] = decodeSignedDeviceList(list!.body).list.devices;
  const inbox = logName('i', device!.id);
  const stranger = randomId<DeviceId>();
  for (const segment of [0, 1, 2])
    await servers.stores.log.append(
      Array.from({ length: LIMITS.segmentSoft }, (_, clock) => {
        const body = encodeStruct(feedRoot(stranger, 7), 7, clock, Uint8Array.of(segment, clock));
        return { document: documentName(inbox, segment), client: 7, clock, body };
      }),
    );
  const { conversation } = await bob.engine.calls.startDirect({ username: 'xenia' });
  await bob.engine.calls.send({ conversation, text: 'through all that' });
  const there = await xenia.untilList(([only]) => only?.last?.text === 'through all that');
  assert.is(there[0]!.id, conversation);
  assert.is((await servers.stores.log.head(inbox)).segment, 3);
});

test('no fault was reported on the way', () => {
  assert.equal(
    people.flatMap(({ faults }) => faults),
    [],
  );
});

test.run();
