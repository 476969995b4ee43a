import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createAccountApi, createCookieJar } from '@sotto/client/account';
import { openNodeProfiles } from '@sotto/client/store/node';
import { type ConversationId, LIMITS } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, PASSWORD, type Person, said, signUp } from '../people/person.js';
import { untilSent } from './testing/converging.js';
import { runServers } from './testing/running-servers.js';
import { storesWithin } from './testing/stores-within.js';
import { wholeTimeline } from './testing/whole-timeline.js';

/** Keys and stores that went astray, with the real servers: each heals by itself, and no message is lost. */
const test = suite('repair, headless');
const servers = await runServers();
const people: Person[] = [];
test.after(async () => {
  for (const person of people) await person.remove();
  await servers.remove();
});

/** Two who know each other; the test can reach into the second one's stores. */
async function acquainted(a: string, b: string) {
  const within = storesWithin();
  const mara = await newPerson(servers, a);
  const noor = await newPerson(servers, b, { profiles: within.profiles });
  people.push(mara, noor);
  await signUp(servers, mara);
  await signUp(servers, noor);
  const { conversation } = await mara.engine.calls.startDirect({ username: b });
  await mara.engine.calls.send({ conversation, text: 'first' });
  await noor.untilList((list) => list.length === 1);
  await noor.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await noor.engine.calls.send({ conversation, text: 'second' });
  await mara.untilTimeline(conversation, ({ items }) => items.filter(isMessage).length === 2);
  return { mara, noor, conversation, within };
}

/** Scrolls back to the beginning until so many messages are there and none waits for its key. */
async function everything(person: Person, conversation: ConversationId, count: number): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    const { items } = await wholeTimeline(person, conversation);
    const messages = items.filter(isMessage);
    if (messages.length === count && items.every(({ kind }) => kind !== 'waiting'))
      return messages.map(({ author, text }) => `${author.username}: ${text}`);
    assert.ok(tries < 40, `${messages.length} of ${count} messages`);
    await wait(500);
  }
}

test('U8: lost chains and sessions: what came meanwhile waits, is asked for by id and opens', async () => {
  const { mara, noor, conversation, within } = await acquainted('mara', 'noor');
  const chains = await within.forget('chain/in/');
  assert.ok(chains.length > 0);
  assert.ok((await within.forget('signal/session/')).length > 0);
  await noor.reload();
  await noor.untilOnline();
  await mara.engine.calls.send({ conversation, text: 'third' });
  await noor.untilTimeline(conversation, ({ items }) => items.some(({ kind }) => kind === 'waiting'));
  const healed = await noor.untilTimeline(conversation, ({ items }) =>
    items.every(({ kind }) => kind !== 'waiting'),
  );
  assert.ok(said(healed).includes('mara: third'));
  await noor.engine.calls.send({ conversation, text: 'fourth' });
  await mara.untilTimeline(conversation, (timeline) => said(timeline).includes('noor: fourth'));
  assert.equal([...mara.faults, ...noor.faults], []);
});

for (const side of ['receiver', 'sender'] as const)
  test(`U8: a session that the ${side} lost while both run: the next chain still arrives`, async () => {
    const [a, b] = side === 'receiver' ? ['ida', 'otto'] : ['una', 'pavel'];
    const { mara, noor, conversation, within } = await acquainted(a, b);
    // Whose chain runs out gives the next one to the other by the session between them.
    const sender = side === 'receiver' ? mara : noor;
    await within.forget('signal/session/');
    const texts: string[] = [];
    for (let index = 0; index < LIMITS.chainEnvelopes + 5; index += 1) texts.push(`${index}`);
    for (const text of texts) await sender.engine.calls.send({ conversation, text });
    await untilSent(sender);
    const other = sender === mara ? noor : mara;
    const seen = await everything(other, conversation, texts.length + 2);
    assert.equal(seen.filter((line) => line.startsWith(`${sender.name}: `)).length, texts.length + 1);
    assert.equal([...mara.faults, ...noor.faults], []);
  });

test('U8: a session record that was rolled back: nothing is lost, and both go on', async () => {
  const { mara, noor, conversation, within } = await acquainted('vera', 'wim');
  const before = await within.now.keys.list('signal/session/');
  const text = async (from: Person, count: number, what: string) => {
    for (let index = 0; index < count; index += 1)
      await from.engine.calls.send({ conversation, text: `${what} ${index}` });
    await untilSent(from);
  };
  await text(noor, LIMITS.chainEnvelopes + 1, 'ahead');
  await within.now.keys.write(before.map(([key, value]) => ({ key, value })));
  await text(noor, LIMITS.chainEnvelopes + 1, 'after');
  await text(mara, 2, 'back');
  const count = 2 * (LIMITS.chainEnvelopes + 1) + 4;
  assert.equal(await everything(mara, conversation, count), await everything(noor, conversation, count));
  assert.equal([...mara.faults, ...noor.faults], []);
});

test('U8: an evicted message store: everything comes again', async () => {
  const { mara, noor, conversation } = await acquainted('lea', 'timo');
  for (let index = 0; index < 300; index += 1)
    await mara.engine.calls.send({ conversation, text: `text ${index}` });
  await untilSent(mara);
  const before = await everything(noor, conversation, 302);
  await noor.engine.close();
  const { account } = (await (await openNodeProfiles(noor.folder)).current())!;
  await rm(join(noor.folder, account, 'messages'), { recursive: true });
  await noor.reload();
  await noor.untilList((list) => list.length === 1);
  assert.equal(await everything(noor, conversation, 302), before);
  await noor.engine.calls.send({ conversation, text: 'still here' });
  await mara.untilTimeline(conversation, (timeline) => said(timeline).includes('timo: still here'));
  assert.equal([...mara.faults, ...noor.faults], []);
});

test('U8: one-time pre-keys of both kinds are used up: the last resort works, and more are offered soon', async () => {
  // A server gives one account no more than some of a device's bundles.
  const takers = [await newPerson(servers, 'eve1'), await newPerson(servers, 'eve2')];
  const [mara, noor] = [await newPerson(servers, 'rosa'), await newPerson(servers, 'emil')];
  people.push(...takers, mara, noor);
  for (const person of [...takers, mara, noor]) await signUp(servers, person);
  const { device } = (await (await openNodeProfiles(noor.folder)).current())!;
  await noor.engine.close();
  const apis = takers.map((taker) =>
    createAccountApi({ origin: servers.origin, cookies: createCookieJar(taker.cookies()) }),
  );
  for (const taker of takers) await taker.engine.close();
  for (const api of apis) await api.resume();
  const take = async (api = apis[1]!) => {
    const { oneTime, kem } = await api.takeBundle(device);
    return { oneTime: oneTime !== undefined, lastResort: kem.id === 1 };
  };
  assert.equal(await take(apis[0]), { oneTime: true, lastResort: false });
  for (let taken = 1; taken < LIMITS.preKeyLow; taken += 1) await take(apis[0]);
  assert.equal(await take(), { oneTime: false, lastResort: true });
  const { conversation } = await mara.engine.calls.startDirect({ username: 'emil' });
  await mara.engine.calls.send({ conversation, text: 'by the last resort' });
  await untilSent(mara);
  await noor.reload();
  await noor.untilList((list) => list.length === 1);
  const there = await noor.untilTimeline(conversation, ({ items }) => items.some(isMessage));
  assert.equal(said(there), ['rosa: by the last resort']);
  for (let tries = 0; ; tries += 1) {
    const { oneTime, lastResort } = await take();
    if (oneTime && !lastResort) break;
    assert.ok(tries < 10, 'more were offered');
    await wait(300);
  }
  await noor.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await noor.engine.calls.send({ conversation, text: 'and back' });
  await mara.untilTimeline(conversation, (timeline) => said(timeline).includes('emil: and back'));
  assert.equal([...mara.faults, ...noor.faults], []);
});

test('U8: an evicted key store: said plainly, and signing in makes a new device', async () => {
  const { mara, noor, conversation } = await acquainted('gita', 'hans');
  await noor.engine.close();
  const profile = (await (await openNodeProfiles(noor.folder)).current())!;
  await rm(join(noor.folder, profile.account, 'keys'), { recursive: true });
  await noor.reload();
  const session = await noor.untilSession(({ state }) => state !== 'starting');
  assert.equal(session, {
    state: 'signed-out',
    ended: false,
    removed: false,
    evicted: true,
    known: { username: 'hans' },
  });
  await noor.engine.calls.signIn({ login: 'hans', password: PASSWORD });
  await noor.untilOnline();
  const { device } = (await (await openNodeProfiles(noor.folder)).current())!;
  assert.is.not(device, profile.device);
  await mara.engine.calls.send({ conversation, text: 'to the new one' });
  await noor.untilList((list) => list.length === 1);
  await noor.untilTimeline(conversation, (timeline) => said(timeline).includes('gita: to the new one'));
  await noor.engine.calls.send({ conversation, text: 'from the new one' });
  await mara.untilTimeline(conversation, (timeline) => said(timeline).includes('hans: from the new one'));
  assert.equal([...mara.faults, ...noor.faults], []);
});

test.run();
