import type { HistorySnapshot } from '@sotto/client';
import type { ConversationId, DeviceId } from '@sotto/protocol';
import { parseDocumentName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  isMessage,
  newPerson,
  PASSWORD,
  type Person,
  type PersonOptions,
  said,
  signUp,
} from '../people/person.js';
import { runServers } from './testing/running-servers.js';
import { type Tampering, tamperingSockets } from './testing/tampering-socket.js';
import { wholeTimeline } from './testing/whole-timeline.js';

/** A device that is linked when there is a past: all of it comes. */
const test = suite('new device, headless');
const servers = await runServers();
const people: Person[] = [];
test.after(async () => {
  for (const person of people) await person.remove();
  await servers.remove();
});

async function somebody(name: string, options: PersonOptions = {}): Promise<Person> {
  const person = await newPerson(servers, name, options);
  people.push(person);
  return person;
}

async function newcomer(name: string): Promise<Person> {
  const person = await somebody(name);
  const states: string[] = [];
  const stop = person.engine.watch('history', null, ({ state }) => states.push(state));
  await signUp(servers, person);
  stop();
  assert.ok(!states.includes('waiting'), 'a new account has no past to wait for');
  return person;
}

async function link(login: string, name: string, options: PersonOptions = {}): Promise<Person> {
  const device = await somebody(name, options);
  await device.engine.calls.signIn({ login, password: PASSWORD });
  return device;
}

/** The first writes, the second accepts. */
async function acquaint(first: Person, second: Person): Promise<ConversationId> {
  const { conversation } = await first.engine.calls.startDirect({ username: second.name });
  await first.engine.calls.send({ conversation, text: `${first.name} 0` });
  await second.untilList((list) => list.some(({ id }) => id === conversation));
  await second.engine.calls.answerRequest({ conversation, answer: 'accept' });
  return conversation;
}

function untilHistory(
  person: Person,
  holds: (history: HistorySnapshot) => boolean,
): Promise<HistorySnapshot> {
  return new Promise((resolve, reject) => {
    let last: HistorySnapshot | undefined;
    const timer = setTimeout(() => reject(new Error(`history: ${JSON.stringify(last)}`)), 30_000);
    const stop = person.engine.watch('history', null, (snapshot) => {
      last = snapshot;
      if (!holds(snapshot)) return;
      clearTimeout(timer);
      queueMicrotask(() => stop());
      resolve(snapshot);
    });
  });
}

const isComplete = ({ state }: HistorySnapshot) => state === 'complete';
const MANY = 700;

test('U11 X16: everything said before a device was linked comes to it, own and others’, in segments behind the newest too', async () => {
  const mara = await newcomer('mara');
  const noor = await newcomer('noor');
  const teo = await newcomer('teo');
  const long = await acquaint(noor, mara);
  const short = await acquaint(teo, mara);
  const texts = Array.from({ length: MANY }, (_, index) => `line ${index}`);
  for (const text of texts) await noor.engine.calls.send({ conversation: long, text });
  await mara.engine.calls.send({ conversation: long, text: 'seen' });
  await mara.engine.calls.send({ conversation: short, text: 'mine' });
  await noor.untilTimeline(long, (timeline) => said(timeline).at(-1) === 'mara: seen');
  await teo.untilTimeline(short, (timeline) => said(timeline).length === 2);

  const phone = await link('mara', 'mara-phone');
  const history = await untilHistory(phone, ({ state, total }) => state === 'complete' && total === 2);
  assert.equal(history, { state: 'complete', done: 2, total: 2 });
  const all = await wholeTimeline(phone, long, ({ items }) => items.length >= MANY + 2);
  assert.equal(said(all), ['noor: noor 0', ...texts.map((text) => `noor: ${text}`), 'mara: seen']);
  assert.equal(said(await phone.untilTimeline(short, ({ items }) => items.length === 2)), [
    'teo: teo 0',
    'mara: mine',
  ]);
  assert.equal((await phone.conversations()).map(({ name, standing }) => `${name} ${standing}`).sort(), [
    'noor accepted',
    'teo accepted',
  ]);

  // Without a network it is all there, after a reload too.
  await servers.stop();
  await phone.reload();
  const offline = await wholeTimeline(phone, long, ({ items }) => items.length >= MANY + 2);
  assert.is(said(offline).length, MANY + 2);
  await untilHistory(phone, isComplete);
  await servers.start();
  await phone.engine.calls.reconnect();
  await phone.engine.calls.send({ conversation: short, text: 'from the phone' });
  await teo.untilTimeline(short, (timeline) => said(timeline).at(-1) === 'mara: from the phone');
  assert.equal([...mara.faults, ...noor.faults, ...teo.faults, ...phone.faults], []);
});

test('U11 S4: a past that a connection cut off goes on where it stopped, after a reload too', async () => {
  const [ilse, hugo] = [await newcomer('ilse'), await newcomer('hugo')];
  const conversation = await acquaint(hugo, ilse);
  const texts = Array.from({ length: MANY }, (_, index) => `line ${index}`);
  for (const text of texts) await hugo.engine.calls.send({ conversation, text });
  await ilse.untilList(([only]) => only?.last?.text === texts.at(-1));
  const asked: number[] = [];
  let withheld = true;
  let socketNow: { terminate(): void } | undefined;
  const tampering: Tampering = {
    incoming(frame, socket) {
      socketNow = socket;
      if (frame.type !== 'sync' || !frame.document.startsWith('m.')) return [frame];
      const { segment } = parseDocumentName(frame.document).document;
      if (frame.message.step === 'answer') asked.push(segment);
      return withheld && segment === 0 ? [] : [frame];
    },
  };
  const tablet = await link('ilse', 'ilse-tablet', { openSocket: tamperingSockets(tampering) });
  await untilHistory(tablet, ({ state, total }) => state === 'fetching' && total === 1);
  // The newest is readable all the same, and what is said meanwhile goes both ways.
  await tablet.untilTimeline(conversation, (timeline) => said(timeline).at(-1) === `hugo: ${texts.at(-1)}`);
  await hugo.engine.calls.send({ conversation, text: 'meanwhile' });
  await tablet.untilTimeline(conversation, (timeline) => said(timeline).at(-1) === 'hugo: meanwhile');
  await tablet.engine.calls.send({ conversation, text: 'indeed' });
  await hugo.untilTimeline(conversation, (timeline) => said(timeline).at(-1) === 'ilse: indeed');
  socketNow!.terminate();
  await untilHistory(tablet, ({ state }) => state === 'waiting');
  withheld = false;
  await tablet.reload();
  asked.length = 0;
  await untilHistory(tablet, isComplete);
  assert.equal(
    asked.filter((segment) => segment < 1),
    [0],
    'what was here is not asked for again',
  );
  const all = await wholeTimeline(tablet, conversation, ({ items }) => items.length > MANY + 2);
  const lines = ['hugo: hugo 0', ...texts.map((text) => `hugo: ${text}`)];
  assert.equal(said(all), [...lines, 'hugo: meanwhile', 'ilse: indeed']);
  assert.equal([...ilse.faults, ...hugo.faults, ...tablet.faults], []);
});

test('U11: five devices of one person: own messages show on all with their marks, what is read on one is read on all', async () => {
  const [dina, samir] = [await newcomer('dina'), await newcomer('samir')];
  const conversation = await acquaint(samir, dina);
  const names = ['two', 'three', 'four', 'five'].map((name) => `dina-${name}`);
  const more: Person[] = [];
  for (const name of names) more.push(await link('dina', name));
  const all = [dina, ...more];
  for (const device of all)
    await untilHistory(device, ({ state, total }) => state === 'complete' && total === 1);
  const unread = (count: number) =>
    Promise.all(all.map((device) => device.untilList(([only]) => only?.unread === count)));
  for (const text of ['one', 'two', 'three']) await samir.engine.calls.send({ conversation, text });
  await unread(4);
  const { items } = await more[2]!.untilTimeline(conversation, (timeline) => said(timeline).length === 4);
  const third = items.filter(isMessage)[2]!;
  await more[2]!.engine.calls.markRead({ conversation, event: third.id });
  await unread(1);
  await more[0]!.engine.calls.markRead({ conversation, event: items.filter(isMessage)[3]!.id });
  await unread(0);
  for (const [index, device] of all.entries())
    await device.engine.calls.send({ conversation, text: `from ${index}` });
  await samir.untilTimeline(conversation, (timeline) => said(timeline).length === 9);
  const isDelivered = ({ mark }: { mark: string | null }) => mark === 'delivered';
  const shown = await Promise.all(
    all.map((device) =>
      device.untilTimeline(conversation, (timeline) => {
        const mine = timeline.items.filter(isMessage).filter((item) => item.mine);
        return mine.length === all.length && mine.every(isDelivered);
      }),
    ),
  );
  for (const timeline of shown) assert.equal(said(timeline), said(shown[0]!));
  const last = (await samir.untilTimeline(conversation, () => true)).items.filter(isMessage).at(-1)!;
  await samir.engine.calls.markRead({ conversation, event: last.id });
  for (const device of all)
    await device.untilTimeline(conversation, (timeline) =>
      timeline.items.filter(isMessage).every((item) => !item.mine || item.mark === 'read'),
    );
  // Drafts stay where they are written.
  await dina.engine.calls.saveDraft({ conversation, text: 'not yet' });
  await dina.untilList(([only]) => only?.draft === 'not yet');
  assert.equal(
    (await Promise.all(more.map((device) => device.conversations()))).map(([only]) => only!.draft),
    ['', '', '', ''],
  );
  assert.equal(
    all.flatMap(({ faults }) => faults),
    [],
  );
});

test('U11: a request that was looked at on one device is not unread on another', async () => {
  const [rosa, kai] = [await newcomer('rosa'), await newcomer('kai')];
  const laptop = await link('rosa', 'rosa-laptop');
  const { conversation } = await kai.engine.calls.startDirect({ username: 'rosa' });
  for (const text of ['hello', 'are you there?']) await kai.engine.calls.send({ conversation, text });
  for (const device of [rosa, laptop])
    await device.untilList(([only]) => only?.standing === 'request' && only.unread === 2);
  const { items } = await rosa.untilTimeline(conversation, (timeline) => said(timeline).length === 2);
  await rosa.engine.calls.markRead({ conversation, event: items.filter(isMessage)[0]!.id });
  await laptop.untilList(([only]) => only?.unread === 1);
  // A stranger learns nothing of it.
  const marks = (await kai.untilTimeline(conversation, () => true)).items.filter(isMessage);
  assert.equal(
    marks.map(({ mark }) => mark),
    ['sent', 'sent'],
  );
  const later = await link('rosa', 'rosa-phone');
  await later.untilList(([only]) => only?.unread === 1);
  assert.equal([...rosa.faults, ...kai.faults, ...laptop.faults, ...later.faults], []);
});

test('U9 U11: the past of a group comes to a new device, as far as its account was let in', async () => {
  const [ada, ben, cyd] = [await newcomer('ada'), await newcomer('ben'), await newcomer('cyd')];
  const { calls } = ada.engine;
  const accounts = [];
  for (const name of ['ben', 'cyd']) accounts.push((await calls.lookUp({ username: name })).account);
  const { conversation } = await calls.createGroup({
    name: 'Walkers',
    people: [accounts[0]!],
    sharesPast: false,
  });
  await calls.send({ conversation, text: 'before cyd' });
  await ben.untilList((list) => list.some(({ id }) => id === conversation));
  await ben.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await ben.engine.calls.send({ conversation, text: 'me too' });
  await ada.untilTimeline(conversation, (timeline) => said(timeline).length === 2);
  await calls.addMembers({ conversation, people: [accounts[1]!] });
  await cyd.untilList((list) => list.some(({ id }) => id === conversation));
  await cyd.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await calls.send({ conversation, text: 'welcome' });
  await ben.engine.calls.send({ conversation, text: 'welcome, too' });
  const whole = ['ada: before cyd', 'ben: me too', 'ada: welcome', 'ben: welcome, too'];
  const sees = (device: Person, expected: readonly string[]) =>
    device.untilTimeline(conversation, (timeline) => said(timeline).join() === expected.join());
  await sees(cyd, whole.slice(2));
  const [bens, cyds] = [await link('ben', 'ben-two'), await link('cyd', 'cyd-two')];
  await sees(bens, whole);
  await sees(cyds, whole.slice(2));
  await bens.engine.calls.send({ conversation, text: 'from my second' });
  for (const device of [ada, ben, cyd, cyds])
    await device.untilTimeline(conversation, (timeline) => said(timeline).at(-1) === 'ben: from my second');
  assert.equal(
    [ada, ben, cyd, bens, cyds].flatMap(({ faults }) => faults),
    [],
  );
});

test('X16: what a removed device archived is archived again, under the account’s new key', async () => {
  const [eva, kim] = [await newcomer('eva'), await newcomer('kim')];
  const conversation = await acquaint(kim, eva);
  await eva.engine.calls.send({ conversation, text: 'before' });
  await kim.untilTimeline(conversation, (timeline) => said(timeline).length === 2);
  const second = await link('eva', 'eva-two');
  await second.untilTimeline(conversation, (timeline) => said(timeline).length === 2);
  await untilHistory(second, ({ state, total }) => state === 'complete' && total === 1);
  const removed = await deviceOf(eva);
  await eva.engine.close();
  await second.engine.calls.removeDevice({ device: removed, password: PASSWORD });
  await second.engine.calls.send({ conversation, text: 'after' });
  await kim.untilTimeline(conversation, (timeline) => said(timeline).length === 3);
  const third = await link('eva', 'eva-three');
  await third.untilTimeline(conversation, (timeline) => said(timeline).length === 3);
  assert.equal(
    [kim, second, third].flatMap(({ faults }) => faults),
    [],
  );
});

async function deviceOf(person: Person): Promise<DeviceId> {
  return new Promise((resolve) => {
    const stop = person.engine.watch('devices', null, ({ devices }) => {
      const own = devices.find(({ current }) => current);
      if (!own) return;
      queueMicrotask(() => stop());
      resolve(own.id);
    });
  });
}

test.run();
