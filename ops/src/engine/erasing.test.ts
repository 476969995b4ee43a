import { setTimeout as pause } from 'node:timers/promises';
import type { AccountId } from '@sotto/protocol';
import { logName } from '@sotto/protocol';
import { whatIsLeft } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPerson, PASSWORD, type Person, said, signUp } from '../people/person.js';
import { companyOf } from './testing/company.js';
import { codeOf } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';

/** People who go, with real engines and the real servers. */
const test = suite('erasing, headless');
const servers = await runServers();
const company = companyOf(test, servers);

async function arrive(name: string): Promise<Person & { account: AccountId }> {
  const person = company.kept(await newPerson(servers, name));
  await signUp(servers, person);
  const session = await person.untilSession(({ state }) => state === 'signed-in');
  return Object.assign(person, {
    account: session.state === 'signed-in' ? session.account : ('' as AccountId),
  });
}

async function finished(person: Person, receipt: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await person.engine.calls.erasureProgress({ receipt })).finished) return;
    await pause(50);
  }
  throw new Error('never finished');
}

async function talk(from: Person, to: Person, text: string) {
  const { conversation } = await from.engine.calls.startDirect({ username: to.name });
  await from.engine.calls.send({ conversation, text });
  await to.untilTimeline(conversation, (shown) => said(shown).includes(`${from.name}: ${text}`));
  return conversation;
}

async function group(founder: Person, ...others: (Person & { account: AccountId })[]) {
  const people = others.map(({ account }) => account);
  const { conversation } = await founder.engine.calls.createGroup({
    name: 'Choir',
    people,
    sharesPast: false,
  });
  await founder.engine.calls.send({ conversation, text: 'welcome' });
  for (const one of others) {
    await one.untilTimeline(conversation, (shown) => said(shown).includes(`${founder.name}: welcome`));
    await one.engine.calls.answerRequest({ conversation, answer: 'accept' });
  }
  return conversation;
}

test('O3 somebody deletes their account: it is gone everywhere, and those who stay go on without alarm', async () => {
  const [ann, ben, kim] = [await arrive('ann'), await arrive('ben'), await arrive('kim')];
  const direct = await talk(kim, ann, 'hello');
  await ann.engine.calls.answerRequest({ conversation: direct, answer: 'accept' });
  const choir = await group(ann, ben, kim);
  const own = await group(kim);
  assert.is(
    await codeOf(kim.engine.calls.eraseAccount({ password: 'another password' })),
    'auth/credentials-wrong',
  );
  const { receipt } = await kim.engine.calls.eraseAccount({ password: PASSWORD });
  await kim.untilSession(({ state }) => state === 'signed-out');
  await finished(kim, receipt);
  const needles = [kim.account, 'kim', 'kim@example.org', own];
  const left = await Promise.all(needles.map((needle) => whatIsLeft(servers.stores, needle)));
  assert.equal(
    left.map(({ claims }) => Object.keys(claims)),
    [['conversation'], [], [], []],
    'but for the lists of conversations that others have',
  );
  assert.equal(
    left.map(({ logs }) => logs),
    [{}, {}, {}, {}],
  );
  assert.is((await servers.stores.log.head(logName('m', own))).count, 0);
  assert.is(
    await codeOf(kim.engine.calls.signIn({ login: 'kim', password: PASSWORD })),
    'auth/credentials-wrong',
  );
  // She left the choir as people leave; it goes on under new keys.
  await ann.untilDetails(choir, ({ members }) => members.length === 2);
  await ann.engine.calls.send({ conversation: choir, text: 'still here?' });
  await ben.untilTimeline(choir, (shown) => said(shown).includes('ann: still here?'));
  // What she said to others is theirs, and they are told that nobody reads what they answer.
  const shown = await ann.untilTimeline(direct, ({ gone }) => gone);
  assert.equal(said(shown), ['kim: hello']);
  assert.is(shown.held, null, 'no changed identity');
  const { items } = await ann.untilTimeline(direct, () => true);
  assert.equal(
    items.filter(({ kind }) => kind === 'waiting' || kind === 'missing'),
    [],
  );
  assert.equal([...ann.faults, ...ben.faults, ...kim.faults], []);
});

test('O3 a member of a group who is gone without a word holds nobody up', async () => {
  const [cleo, dan, eve] = [await arrive('cleo'), await arrive('dan'), await arrive('eve')];
  const choir = await group(cleo, dan, eve);
  // Her device was away: nothing but the servers' word says that she is gone.
  await eve.engine.close();
  const runner = await newPerson(servers, 'eve-elsewhere');
  company.kept(runner);
  await runner.engine.calls.signIn({ login: 'eve', password: PASSWORD });
  await runner.untilOnline();
  const { receipt } = await runner.engine.calls.eraseAccount({ password: PASSWORD });
  await finished(runner, receipt);
  await dan.reload();
  await dan.untilOnline();
  await dan.engine.calls.send({ conversation: choir, text: 'next song' });
  await cleo.untilTimeline(choir, (timeline) => said(timeline).includes('dan: next song'));
  await dan.untilTimeline(choir, ({ items }) =>
    items.some(
      (item) =>
        item.kind === 'message' &&
        item.text === 'next song' &&
        item.mark !== 'queued' &&
        item.mark !== 'failed',
    ),
  );
  assert.equal([...cleo.faults, ...dan.faults], []);
});

test('O2 a group that its last member leaves is erased', async () => {
  const ida = await arrive('ida');
  const alone = await group(ida);
  await ida.untilDetails(alone, ({ members }) => members.length === 1);
  await ida.engine.calls.leaveGroup({ conversation: alone });
  for (let tries = 0; (await whatIsLeft(servers.stores, alone)).erased === null && tries < 300; tries += 1)
    await pause(50);
  for (
    let tries = 0;
    Object.keys((await whatIsLeft(servers.stores, alone)).claims).length > 0 && tries < 300;
    tries += 1
  )
    await pause(50);
  assert.equal(await whatIsLeft(servers.stores, alone), { claims: {}, logs: {}, erased: 'group' });
});

test('O2 an admin deletes a group: nobody is in it any more, wherever they were', async () => {
  const [fay, gil, hal] = [await arrive('fay'), await arrive('gil'), await arrive('hal')];
  const choir = await group(fay, gil, hal);
  await hal.engine.close();
  assert.is(await codeOf(gil.engine.calls.eraseGroup({ conversation: choir })), 'auth/forbidden');
  const { receipt } = await fay.engine.calls.eraseGroup({ conversation: choir });
  await finished(fay, receipt);
  for (const one of [fay, gil])
    await one.untilList((list) => list.some(({ id, member }) => id === choir && !member));
  await hal.reload();
  await hal.untilList((list) => list.some(({ id, member }) => id === choir && !member));
  const { claims, logs, erased } = await whatIsLeft(servers.stores, choir);
  assert.equal([claims, logs, erased], [{}, {}, 'group']);
  // What was received stays with who received it.
  assert.ok(said(await gil.untilTimeline(choir, () => true)).includes('fay: welcome'));
  await gil.engine.calls.hideGroup({ conversation: choir });
  await gil.untilList((list) => !list.some(({ id }) => id === choir));
  assert.equal([...fay.faults, ...gil.faults, ...hal.faults], []);
});

test.run();
