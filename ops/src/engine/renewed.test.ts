import { deviceListKey } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accountOf } from '../people/account.js';
import { hears } from '../people/hears.js';
import { newPerson, PASSWORD, said } from '../people/person.js';
import { companyOf } from './testing/company.js';
import { acquaint, untilSent } from './testing/converging.js';
import { codeOf, deviceOf, linkByPassword } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';

/** The password was reset by mail and no recovery key is at hand: a device that is signed in brings everything back. */
const test = suite('renewed');
const servers = await runServers();
const { people, kept } = companyOf(test, servers);

const NEW_PASSWORD = 'staple battery horse';
const browser = async (name: string) => kept(await newPerson(servers, name));

async function reset(name: string): Promise<void> {
  const email = `${name}@example.org`;
  const page = await browser(name);
  await page.engine.calls.requestReset({ email });
  const token = await servers.resetToken(email);
  await page.engine.calls.completeReset({ token, password: NEW_PASSWORD });
}

test('U3 K13: history, contacts and devices go on from a device that is signed in', async () => {
  const { a: ada, b: ben, conversation } = await acquaint(servers, 'ada', 'ben');
  for (const person of [ada, ben]) kept(person);
  const tablet = kept(await linkByPassword(servers, 'ada'));
  await ben.engine.calls.send({ conversation, text: 'long ago' });
  for (const device of [ada, tablet]) await hears(device, conversation, 'long ago');
  await tablet.engine.calls.send({ conversation, text: 'from the tablet' });
  for (const device of [ada, ben]) await hears(device, conversation, 'from the tablet');
  const { conversation: group } = await ada.engine.calls.createGroup({
    name: 'Us',
    people: [await accountOf(ben)],
    sharesPast: false,
  });
  await ada.engine.calls.send({ conversation: group, text: 'all together' });
  await hears(ben, group, 'all together');
  await untilSent(ada);
  const device = await deviceOf(ada);

  await reset('ada');
  const login = { login: 'ada', password: NEW_PASSWORD };
  const page = await browser('ada');
  assert.is(await codeOf(page.engine.calls.signIn(login)), 'client/vault-locked');
  const { recoveryKey } = await ada.engine.calls.renewAccount({ password: NEW_PASSWORD });
  assert.is(recoveryKey?.split('-').length, 12);
  assert.is(await deviceOf(ada), device, 'the same device as before');
  await ada.untilDevices(({ devices }) => devices.length === 1);
  await tablet.untilSession((session) => session.state === 'signed-out' && session.removed);

  // Everything is there on a browser that has nothing, by the new password alone.
  await page.engine.calls.signIn(login);
  for (const text of ['ada begins', 'long ago', 'from the tablet']) await hears(page, conversation, text);
  await hears(page, group, 'all together');
  await page.untilDevices(({ devices }) => devices.length === 2);

  // What the device says is heard at once; what contacts say waits for their look at the new key.
  await ada.engine.calls.send({ conversation, text: 'new keys' });
  await hears(ben, conversation, 'new keys');
  await hears(page, conversation, 'new keys');
  await ben.untilTimeline(conversation, ({ held }) => held?.person.username === 'ada');
  await ben.engine.calls.send({ conversation, text: 'is it you?' });
  await ben.engine.calls.acceptIdentity({ account: await accountOf(ada) });
  for (const own of [ada, page]) await hears(own, conversation, 'is it you?');
  await page.engine.calls.send({ conversation, text: 'from the new browser' });
  for (const other of [ada, ben]) await hears(other, conversation, 'from the new browser');
  await page.engine.calls.send({ conversation: group, text: 'here too' });
  for (const other of [ada, ben]) await hears(other, group, 'here too');

  // The tablet becomes a device again, and reads everything.
  await tablet.engine.calls.signIn(login);
  await hears(tablet, conversation, 'is it you?');
  await hears(tablet, conversation, 'long ago');
  await tablet.untilDevices(({ devices }) => devices.length === 3);
  const details = await ben.untilDetails(conversation, ({ members }) =>
    members.some(({ devices }) => devices.length === 3),
  );
  assert.not.ok(details.forked);

  // Its stores open with the new password, and with the new recovery key after another reset.
  await ada.engine.calls.signOut();
  await ada.engine.calls.signIn(login);
  await hears(ada, conversation, 'is it you?');
  assert.is(await deviceOf(ada), device);
  const again = await browser('ada');
  await again.engine.calls.recover({ ...login, recoveryKey: recoveryKey! });
  await hears(again, conversation, 'long ago');
});

test('K13: what waited on the device goes out from it, and nothing is lost over a reload', async () => {
  const { a: cleo, b: dan, conversation } = await acquaint(servers, 'cleo', 'dan');
  for (const person of [cleo, dan]) kept(person);
  await untilSent(cleo);
  await reset('cleo');
  await servers.stop();
  await cleo.engine.calls.send({ conversation, text: 'written without a network' });
  await servers.start();
  await cleo.engine.calls.renewAccount({ password: NEW_PASSWORD });
  await hears(dan, conversation, 'written without a network');
  await cleo.reload();
  await cleo.untilOnline();
  await cleo.engine.calls.send({ conversation, text: 'after a reload' });
  await hears(dan, conversation, 'after a reload');
  assert.is(said(await cleo.untilTimeline(conversation, ({ items }) => items.length >= 3)).length, 3);
});

test('K13 U3: whoever has the mailbox alone gets nothing: a device renews for who knows the password on it', async () => {
  const { a: eve, b: fred, conversation } = await acquaint(servers, 'eve', 'fred');
  for (const person of [eve, fred]) kept(person);
  await fred.engine.calls.send({ conversation, text: 'for eve alone' });
  await hears(eve, conversation, 'for eve alone');
  assert.equal(await eve.engine.calls.renewAccount({ password: PASSWORD }), { recoveryKey: null });
  await reset('eve');
  const login = { login: 'eve', password: NEW_PASSWORD };
  const thief = await browser('eve');
  assert.is(await codeOf(thief.engine.calls.signIn(login)), 'client/vault-locked');
  assert.is(await codeOf(thief.engine.calls.renewAccount(login)), 'client/not-signed-in');
  // Eve knows only what her password was: her device does nothing with it.
  assert.is(await codeOf(eve.engine.calls.renewAccount({ password: PASSWORD })), 'auth/credentials-wrong');
  const account = await accountOf(eve);
  const secondList = () => servers.stores.claims.get(deviceListKey(account, 2));
  assert.is(await secondList(), undefined, 'nothing was changed');
  // What is left to the thief is to take the account and leave everything that was said.
  await thief.engine.calls.startOver(login);
  await thief.untilOnline();
  assert.ok(await secondList());
  const history = await new Promise<number>((resolve) => {
    thief.engine.watch('history', null, ({ state, total }) => state === 'complete' && resolve(total));
  });
  assert.is(history, 0);
  assert.equal(await thief.conversations(), []);
  await fred.untilDetails(conversation, ({ members }) =>
    members.some(({ identity }) => identity === 'changed'),
  );
});

test('no fault was reported on the way', () => {
  assert.equal(
    people.flatMap(({ faults }) => faults),
    [],
  );
});

test.run();
