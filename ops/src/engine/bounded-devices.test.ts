import type { ConversationId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPerson, PASSWORD, type Person, said, signUp } from '../people/person.js';
import { acquaint } from './testing/converging.js';
import { deviceOf, linkByPassword } from './testing/own-devices.js';
import { plug } from './testing/plug.js';
import { runServers } from './testing/running-servers.js';
import { stateEvents, untilStateEvents } from './testing/state-log.js';
import { openDeviceOf, steal } from './testing/thief.js';

/** How far a removed device counts: what it had said stays, and nothing comes after it. */
const test = suite('bounds of removed devices, headless');
const servers = await runServers();
test.after(() => servers.remove());

const untilSaid = (person: Person, conversation: ConversationId, text: string) =>
  person.untilTimeline(conversation, (timeline) => said(timeline).some((line) => line.endsWith(`: ${text}`)));
const shown = async (person: Person, conversation: ConversationId) =>
  said(await person.untilTimeline(conversation, () => true)).join('\n');
/** A device of somebody's that can be robbed. */
const openPhone = (name: string) => openDeviceOf((options) => newPerson(servers, name, options));

test('X12 K7: every conversation is bounded at once; a device that comes later sees what was said before, and no more', async () => {
  const { a, b, conversation } = await acquaint(servers, 'anna', 'bert');
  const { account } = await a.engine.calls.lookUp({ username: 'bert' });
  const { conversation: group } = await a.engine.calls.createGroup({
    ...{ name: 'Walkers', people: [account], sharesPast: false },
  });
  const both = [conversation, group];
  const phone = await openPhone('anna');
  for (const id of both) {
    await phone.person.untilDetails(id, ({ members }) => members.length === 2);
    await phone.person.engine.calls.send({ conversation: id, text: 'from the phone' });
    for (const person of [a, b]) await untilSaid(person, id, 'from the phone');
  }
  const thief = await steal(servers, phone, both);
  await phone.person.engine.close();
  const before = await Promise.all(both.map((id) => stateEvents(servers, id)));
  await a.engine.calls.removeDevice({ device: thief.device, password: PASSWORD });
  for (const [index, id] of both.entries()) await untilStateEvents(servers, id, before[index]! + 1);
  for (const id of both) await thief.say(id, 'from the thief');
  for (const person of [a, b]) await person.reload();
  const tablet = await linkByPassword(servers, 'anna');
  for (const id of both) {
    // What is said after the thief comes after it.
    await a.engine.calls.send({ conversation: id, text: 'from anna' });
    for (const person of [a, b, tablet]) {
      await untilSaid(person, id, 'from anna');
      const texts = await shown(person, id);
      assert.match(texts, 'anna: from the phone');
      assert.not.match(texts, 'from the thief');
    }
  }
  for (const person of [a, b, tablet, phone.person]) {
    assert.equal(person.faults, []);
    await person.remove();
  }
});

test('X12 another device of the account bounds it where the one that removed it can not, and once is enough', async () => {
  const net = plug();
  const cleo = await newPerson(servers, 'cleo', { openSocket: net.options.openSocket });
  await signUp(servers, cleo);
  const dora = await newPerson(servers, 'dora');
  await signUp(servers, dora);
  const { conversation } = await cleo.engine.calls.startDirect({ username: 'dora' });
  await cleo.engine.calls.send({ conversation, text: 'hello' });
  await untilSaid(dora, conversation, 'hello');
  await dora.engine.calls.answerRequest({ conversation, answer: 'accept' });
  const tablet = await linkByPassword(servers, 'cleo');
  await untilSaid(tablet, conversation, 'hello');
  await tablet.engine.calls.send({ conversation, text: 'from the tablet' });
  const phone = await openPhone('cleo');
  await untilSaid(phone.person, conversation, 'from the tablet');
  await phone.person.engine.calls.send({ conversation, text: 'from the phone' });
  for (const person of [cleo, tablet, dora]) await untilSaid(person, conversation, 'from the phone');
  const thief = await steal(servers, phone, [conversation]);
  await phone.person.engine.close();
  const before = await stateEvents(servers, conversation);
  net.pull();
  await cleo.engine.calls.removeDevice({ device: thief.device, password: PASSWORD });
  await tablet.untilDevices(({ devices }) => devices.length === 2);
  assert.is(await stateEvents(servers, conversation), before, 'nobody has said so yet');
  await tablet.engine.calls.send({ conversation, text: 'later' });
  await untilSaid(dora, conversation, 'later');
  // The bound, and the epoch without the phone.
  await untilStateEvents(servers, conversation, before + 2);
  await thief.say(conversation, 'from the thief');
  net.putIn();
  await cleo.untilOnline();
  await cleo.engine.calls.send({ conversation, text: 'back' });
  await untilSaid(dora, conversation, 'back');
  await dora.reload();
  const texts = await shown(dora, conversation);
  assert.match(texts, 'cleo: from the phone');
  assert.not.match(texts, 'from the thief');
  assert.is(await stateEvents(servers, conversation), before + 2);
  for (const person of [cleo, tablet, dora, phone.person]) {
    assert.equal(person.faults, []);
    await person.remove();
  }
});

test('X12 what a device said while the one that removes it was away counts', async () => {
  const net = plug();
  const hugo = await newPerson(servers, 'hugo', { openSocket: net.options.openSocket });
  await signUp(servers, hugo);
  const iris = await newPerson(servers, 'iris');
  await signUp(servers, iris);
  const { conversation } = await hugo.engine.calls.startDirect({ username: 'iris' });
  await hugo.engine.calls.send({ conversation, text: 'hello' });
  await untilSaid(iris, conversation, 'hello');
  await iris.engine.calls.answerRequest({ conversation, answer: 'accept' });
  const phone = await linkByPassword(servers, 'hugo');
  await untilSaid(phone, conversation, 'hello');
  const device = await deviceOf(phone);
  net.pull();
  await phone.engine.calls.send({ conversation, text: 'from the phone' });
  await untilSaid(iris, conversation, 'from the phone');
  await phone.engine.close();
  await hugo.engine.calls.removeDevice({ device, password: PASSWORD });
  const before = await stateEvents(servers, conversation);
  net.putIn();
  await untilStateEvents(servers, conversation, before + 1);
  await hugo.engine.calls.send({ conversation, text: 'back' });
  await untilSaid(iris, conversation, 'back');
  await iris.reload();
  for (const person of [hugo, iris]) assert.match(await shown(person, conversation), 'hugo: from the phone');
  for (const person of [hugo, iris, phone]) {
    assert.equal(person.faults, []);
    await person.remove();
  }
});

test('X12 S6 a device that dies once it has removed another bounds it in its next life; strangers learn nothing of it', async () => {
  const net = plug();
  const emil = await newPerson(servers, 'emil', { openSocket: net.options.openSocket });
  await signUp(servers, emil);
  const { a: fred, b: gina } = await acquaint(servers, 'fred', 'gina');
  const { conversation: known } = await emil.engine.calls.startDirect({ username: 'fred' });
  await emil.engine.calls.send({ conversation: known, text: 'hello' });
  await untilSaid(fred, known, 'hello');
  const { conversation: unanswered } = await gina.engine.calls.startDirect({ username: 'emil' });
  await gina.engine.calls.send({ conversation: unanswered, text: 'who are you' });
  await untilSaid(emil, unanswered, 'who are you');
  const phone = await linkByPassword(servers, 'emil');
  const device = await deviceOf(phone);
  await phone.engine.close();
  const before = await stateEvents(servers, known);
  net.pull();
  await emil.engine.calls.removeDevice({ device, password: PASSWORD });
  net.putIn();
  await emil.reload();
  await untilStateEvents(servers, known, before + 1);
  await emil.engine.calls.send({ conversation: known, text: 'again' });
  await untilSaid(fred, known, 'again');
  assert.is(await stateEvents(servers, unanswered), 1);
  for (const person of [emil, fred, gina, phone]) {
    assert.equal(person.faults, []);
    await person.remove();
  }
});

test.run();
