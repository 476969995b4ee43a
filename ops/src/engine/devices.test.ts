import { logName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import WebSocket from 'ws';
import { hears } from '../people/hears.js';
import { newPerson, PASSWORD, said } from '../people/person.js';
import { accountElements } from './testing/account-elements.js';
import { companyOf } from './testing/company.js';
import { acquaint } from './testing/converging.js';
import { codeOf, deviceOf, linkByCode, linkByPassword } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';

/** Devices of one person, linked, named and removed, with somebody they talk to. */
const test = suite('devices');
const servers = await runServers();
const { people, kept } = companyOf(test, servers);

async function acquainted(first: string, second: string) {
  const { a, b, conversation } = await acquaint(servers, first, second);
  for (const person of [a, b]) kept(person);
  return { a, b, conversation };
}

test('U11 K9: a device linked by its code is one like the others, and its stores open with the password', async () => {
  const { a, b, conversation } = await acquainted('ada', 'ben');
  const phone = kept(await linkByCode(servers, a));
  for (const device of [a, phone]) {
    const { devices } = await device.untilDevices((snapshot) => snapshot.devices.length === 2);
    assert.is(devices.filter(({ current }) => current).length, 1);
  }
  assert.is.not(await deviceOf(a), await deviceOf(phone));
  await b.engine.calls.send({ conversation, text: 'to both of you' });
  await hears(a, conversation, 'to both of you');
  await hears(phone, conversation, 'to both of you');
  await phone.engine.calls.send({ conversation, text: 'from the phone' });
  for (const device of [a, b]) await hears(device, conversation, 'from the phone');
  await phone.engine.calls.signOut();
  await phone.engine.calls.signIn({ login: 'ada', password: PASSWORD });
  await phone.untilOnline();
  assert.ok(said(await hears(phone, conversation, 'from the phone')).includes('ben: to both of you'));
  assert.is((await phone.untilDevices(() => true)).devices.length, 2, 'the same device as before');
  // What one decides the others know.
  await phone.engine.calls.answerRequest({ conversation, answer: 'block' });
  await a.untilList(([only]) => only?.standing === 'blocked');
});

test('U11: a device that was linked elsewhere is told of until somebody looked; not where it was linked', async () => {
  const { a } = await acquainted('agda', 'bela');
  const isNewAt = async (person: typeof a, count: number) => {
    const { devices } = await person.untilDevices((snapshot) => snapshot.devices.length === count);
    return devices.filter(({ isNew }) => isNew).map(({ id }) => id);
  };
  assert.equal(await isNewAt(a, 1), []);
  const phone = kept(await linkByCode(servers, a));
  assert.equal([await isNewAt(a, 2), await isNewAt(phone, 2)], [[], []], 'it was linked here');
  const thief = kept(await linkByPassword(servers, 'agda'));
  const id = await deviceOf(thief);
  for (const own of [a, phone]) assert.equal(await isNewAt(own, 3), [id]);
  assert.equal(await isNewAt(thief, 3), []);
  await phone.engine.calls.seeOwnDevices();
  await phone.untilDevices(({ devices }) => devices.every(({ isNew }) => !isNew));
  await a.reload();
  await a.untilOnline();
  assert.equal(await isNewAt(a, 3), [id], 'nobody looked yet');
  await a.engine.calls.seeOwnDevices();
  await a.reload();
  await a.untilOnline();
  assert.equal(await isNewAt(a, 3), []);
  assert.equal(a.faults, []);
});

test('K9: a code is good once, and not at all once it was taken back', async () => {
  const { a } = await acquainted('abe', 'bea');
  const browser = kept(await linkByCode(servers, a));
  const other = kept(await newPerson(servers, 'abe'));
  const { code } = await other.engine.calls.beginLink();
  assert.equal(await a.engine.calls.readLink({ code }), { name: 'Node' });
  assert.is(await codeOf(a.engine.calls.approveLink({ code, password: 'wrong' })), 'auth/credentials-wrong');
  assert.is(await codeOf(a.engine.calls.readLink({ code: 'no code' })), 'client/link-code-wrong');
  await other.engine.calls.cancelLink();
  await other.untilLink(({ state }) => state === 'none');
  assert.is(await codeOf(a.engine.calls.approveLink({ code, password: PASSWORD })), 'auth/link-unknown');
  assert.is((await a.untilDevices(() => true)).devices.length, 2);
  assert.is((await browser.untilDevices(() => true)).devices.length, 2);
});

test('U11: a name that one device gives, all see, and so do contacts', async () => {
  const { a, b, conversation } = await acquainted('amy', 'bob');
  const phone = kept(await linkByPassword(servers, 'amy'));
  const device = await deviceOf(phone);
  await a.engine.calls.renameDevice({ device, name: ' Amy’s phone ', password: PASSWORD });
  for (const own of [a, phone])
    await own.untilDevices(({ devices }) =>
      devices.some(({ id, name }) => id === device && name === 'Amy’s phone'),
    );
  await b.untilDetails(conversation, ({ members }) =>
    members.some(({ devices }) => devices.some(({ name }) => name === 'Amy’s phone')),
  );
  const wrong = a.engine.calls.renameDevice({ device, name: 'x', password: 'not it at all' });
  assert.is(await codeOf(wrong), 'auth/credentials-wrong');
  assert.is(
    await codeOf(a.engine.calls.renameDevice({ device, name: '  ', password: PASSWORD })),
    'request/invalid',
  );
});

test('U11 K7: a removed device is out at once, says so, and gets nothing more; the others go on under new keys', async () => {
  const { a, b, conversation } = await acquainted('ann', 'bill');
  const phone = kept(await linkByPassword(servers, 'ann'));
  const tablet = kept(await linkByPassword(servers, 'ann'));
  await b.engine.calls.send({ conversation, text: 'to all three' });
  for (const device of [a, phone, tablet]) await hears(device, conversation, 'to all three');
  const removed = await deviceOf(phone);
  await tablet.engine.close();
  assert.is(
    await codeOf(a.engine.calls.removeDevice({ device: await deviceOf(a), password: PASSWORD })),
    'request/invalid',
  );
  await a.engine.calls.removeDevice({ device: removed, password: PASSWORD });
  const out = await phone.untilSession(({ state }) => state === 'signed-out');
  assert.equal(out, {
    state: 'signed-out',
    ended: true,
    removed: true,
    evicted: false,
    known: { username: 'ann' },
  });
  assert.equal(await phone.conversations(), []);
  await phone.reload();
  assert.is((await phone.untilSession(({ state }) => state !== 'starting')).state, 'signed-out', 'locked');

  const inbox = logName('i', removed);
  const before = await servers.stores.log.head(inbox);
  await a.untilDevices(({ devices }) => !devices.some(({ id }) => id === removed));
  await b.engine.calls.send({ conversation, text: 'without the phone' });
  await hears(a, conversation, 'without the phone');
  assert.equal(await servers.stores.log.head(inbox), before, 'no key went to it');

  // A decision sealed by the new key reaches a device that was away when the key changed.
  await a.engine.calls.answerRequest({ conversation, answer: 'block' });
  await tablet.reload();
  await tablet.untilList(([only]) => only?.standing === 'blocked');
  await hears(tablet, conversation, 'without the phone');
  await tablet.engine.calls.unblock({ conversation });
  await a.untilList(([only]) => only?.standing === 'accepted');

  // Whoever knows the password may come back, as another device.
  await phone.engine.calls.signIn({ login: 'ann', password: PASSWORD });
  await phone.untilOnline();
  assert.is.not(await deviceOf(phone), removed);
  await phone.untilDevices(({ devices }) => devices.length === 3);
});

test('K7: what a device decided while it was away goes out under the new keys, once it has them', async () => {
  const { a, b, conversation } = await acquainted('aila', 'boris');
  const phone = kept(await linkByPassword(servers, 'aila'));
  let away = false;
  const tablet = kept(
    await linkByPassword(servers, 'aila', {
      openSocket: (url) => new WebSocket(away ? 'ws://127.0.0.1:1/' : url),
    }),
  );
  await tablet.untilList((list) => list.length === 1);
  const removed = await deviceOf(phone);
  const elements = await accountElements(servers, 'aila');
  away = true;
  await tablet.reload();
  await tablet.engine.calls.answerRequest({ conversation, answer: 'block' });
  const before = await elements.settled();
  await a.engine.calls.removeDevice({ device: removed, password: PASSWORD });
  away = false;
  await tablet.engine.calls.reconnect();
  await a.untilList(([only]) => only?.standing === 'blocked');
  const generations = await elements.generations(before);
  assert.ok(generations.length > 0 && generations.every((generation) => generation === 0), `${generations}`);
  assert.equal(b.faults, []);
});

test('K7: whoever was not told of the new keys seals nothing by the old ones, and finds them in the vault', async () => {
  const { a, conversation } = await acquainted('alma', 'bruno');
  const phone = kept(await linkByPassword(servers, 'alma'));
  let away = false;
  const desk = kept(
    await linkByPassword(servers, 'alma', {
      openSocket: (url) => new WebSocket(away ? 'ws://127.0.0.1:1/' : url),
    }),
  );
  const [removed, current] = [await deviceOf(phone), await deviceOf(a)];
  const elements = await accountElements(servers, 'alma');
  // It reaches the auth server and no inbox, and never comes back.
  away = true;
  await desk.reload();
  await desk.engine.calls.removeDevice({ device: removed, password: PASSWORD });
  await desk.engine.close();
  await a.untilDevices(({ devices }) => devices.length === 2);
  const before = await elements.vector();
  await a.engine.calls.answerRequest({ conversation, answer: 'block' });
  await a.reload();
  await a.untilOnline();
  await a.engine.calls.renameDevice({ device: current, name: 'Mine', password: PASSWORD });
  const third = kept(await linkByPassword(servers, 'alma'));
  await third.untilList(([only]) => only?.standing === 'blocked');
  assert.ok((await elements.generations(before)).every((generation) => generation === 0));
  assert.ok(current !== removed);
});

test('K7: asking again to remove one that is gone changes nothing', async () => {
  const { a } = await acquainted('arno', 'bess');
  const phone = kept(await linkByPassword(servers, 'arno'));
  const device = await deviceOf(phone);
  for (let times = 0; times < 2; times += 1)
    await a.engine.calls.removeDevice({ device, password: PASSWORD });
  assert.is((await a.untilDevices(({ devices }) => devices.length === 1)).devices.length, 1);
});

test('no fault was reported on the way', () => {
  assert.equal(
    people.flatMap(({ faults }) => faults),
    [],
  );
});

test.run();
