import { logName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import WebSocket from 'ws';
import { hears } from '../people/hears.js';
import { PASSWORD } from '../people/person.js';
import { accountElements } from './testing/account-elements.js';
import { companyOf } from './testing/company.js';
import { acquaint, untilSent } from './testing/converging.js';
import { codeOf, deviceOf, linkByPassword } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';

/** A device takes itself off its account's list: the others go on under keys that it made for them. */
const test = suite('leaving');
const servers = await runServers();
const { people, kept } = companyOf(test, servers);

async function acquainted(first: string, second: string) {
  const { a, b, conversation } = await acquaint(servers, first, second);
  for (const person of [a, b]) kept(person);
  return { a, b, conversation };
}

test('U11 K7: it is off the list, gets nothing more, and the others have new keys, also one that was away', async () => {
  const { a, b, conversation } = await acquainted('ada', 'ben');
  const phone = kept(await linkByPassword(servers, 'ada'));
  let away = false;
  const tablet = kept(
    await linkByPassword(servers, 'ada', {
      openSocket: (url) => new WebSocket(away ? 'ws://127.0.0.1:1/' : url),
    }),
  );
  await b.engine.calls.send({ conversation, text: 'to all three' });
  for (const device of [a, phone, tablet]) await hears(device, conversation, 'to all three');
  await untilSent(phone);
  const left = await deviceOf(phone);
  away = true;
  await tablet.reload();

  const wrong = phone.engine.calls.removeFromBrowser({ password: 'not it at all' });
  assert.is(await codeOf(wrong), 'auth/credentials-wrong');
  await hears(phone, conversation, 'to all three');
  await phone.engine.calls.removeFromBrowser({ password: PASSWORD });
  const session = await phone.untilSession(({ state }) => state === 'signed-out');
  assert.equal(session, { state: 'signed-out', ended: false, removed: false, evicted: false, known: null });
  await a.untilDevices(({ devices }) => devices.length === 2 && !devices.some(({ id }) => id === left));

  const inbox = await servers.stores.log.head(logName('i', left));
  await b.untilDetails(conversation, ({ members }) => members.some(({ devices }) => devices.length === 2));
  await b.engine.calls.send({ conversation, text: 'without the phone' });
  await hears(a, conversation, 'without the phone');
  assert.equal(await servers.stores.log.head(logName('i', left)), inbox, 'no key went to it');

  // A decision goes out under the keys that it made for the others, and who was away has them.
  await a.engine.calls.answerRequest({ conversation, answer: 'block' });
  away = false;
  await tablet.reload();
  await tablet.untilList(([only]) => only?.standing === 'blocked');
  await hears(tablet, conversation, 'without the phone');
  await tablet.engine.calls.unblock({ conversation });
  await a.untilList(([only]) => only?.standing === 'accepted');
  const elements = await accountElements(servers, 'ada');
  assert.ok((await elements.generations()).includes(0), 'sealed by the newest key of the vault');

  // Another one leaves after it, and the last one stays in step.
  await tablet.engine.calls.removeFromBrowser({ password: PASSWORD });
  await a.untilDevices(({ devices }) => devices.length === 1);
  await a.engine.calls.answerRequest({ conversation, answer: 'block' });
  await untilSent(a);
  const back = kept(await linkByPassword(servers, 'ada'));
  await back.untilList(([only]) => only?.standing === 'blocked');
  await hears(back, conversation, 'without the phone');
});

test('U11 X16: the last device stays listed: whoever has the password comes back to what was said', async () => {
  const { a, b, conversation } = await acquainted('cleo', 'dan');
  await b.engine.calls.send({ conversation, text: 'before she went' });
  await hears(a, conversation, 'before she went');
  await untilSent(a);
  const device = await deviceOf(a);
  await a.engine.calls.removeFromBrowser({ password: PASSWORD });
  await a.untilSession((session) => session.state === 'signed-out' && session.known === null);
  const back = kept(await linkByPassword(servers, 'cleo'));
  await hears(back, conversation, 'before she went');
  await b.engine.calls.send({ conversation, text: 'welcome back' });
  await hears(back, conversation, 'welcome back');
  await back.engine.calls.removeDevice({ device, password: PASSWORD });
  await back.untilDevices(({ devices }) => devices.length === 1);
  await back.engine.calls.send({ conversation, text: 'here I am' });
  await hears(b, conversation, 'here I am');
});

test('U11: without the password everything goes from here and the device stays listed', async () => {
  const { a } = await acquainted('eve', 'fred');
  const phone = kept(await linkByPassword(servers, 'eve'));
  const left = await deviceOf(phone);
  await phone.engine.calls.removeFromBrowser({ password: null });
  await phone.untilSession((session) => session.state === 'signed-out' && session.known === null);
  await a.reload();
  await a.untilOnline();
  await a.engine.calls.removeDevice({ device: left, password: PASSWORD });
  await a.untilDevices(({ devices }) => devices.length === 1);
});

test('no fault was reported on the way', () => {
  assert.equal(
    people.flatMap(({ faults }) => faults),
    [],
  );
});

test.run();
