import type { ConversationId } from '@sotto/protocol';
import { logName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accountOf } from '../people/account.js';
import { hears } from '../people/hears.js';
import { isMessage, type Person, said } from '../people/person.js';
import { companyOf } from './testing/company.js';
import { acquaint } from './testing/converging.js';
import { deviceOf, linkByPassword } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';
import { startOver } from './testing/starting-over.js';

/** Somebody lost password and recovery key and begins anew under another account key: what their contacts see and decide. */
const test = suite('started over');
const servers = await runServers();
const { people, kept } = companyOf(test, servers);

const queued = (person: Person, conversation: ConversationId, text: string) =>
  person.untilTimeline(conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.text === text && item.mark === 'queued'),
  );

test('U3 U10: a contact who began anew is held, compared, accepted by one device for all, and heard again', async () => {
  const { a: bill, b: ann, conversation } = await acquaint(servers, 'bill', 'ann');
  for (const person of [bill, ann]) kept(person);
  const phone = kept(await linkByPassword(servers, 'bill'));
  await phone.untilList((list) => list.length === 1);
  await hears(phone, conversation, 'bill begins');
  const account = await accountOf(ann);
  const before = (await bill.engine.calls.safetyNumber({ account })).digits;
  await bill.engine.calls.setVerified({ account, verified: true });
  const oldInbox = logName('i', await deviceOf(ann));

  const anew = kept(await startOver(servers, 'ann'));
  await ann.untilSession(({ state }) => state === 'signed-out');
  for (const device of [bill, phone])
    await device.untilTimeline(conversation, ({ held }) => held?.person.username === 'ann');
  await bill.engine.calls.send({ conversation, text: 'is it you?' });
  await queued(bill, conversation, 'is it you?');
  const inboxBefore = await servers.stores.log.head(oldInbox);
  await anew.engine.calls.startDirect({ username: 'bill' });
  await anew.engine.calls.send({ conversation, text: 'I forgot it all' });
  await queued(anew, conversation, 'I forgot it all');

  const number = await bill.engine.calls.safetyNumber({ account });
  assert.is.not(number.digits, before);
  const theirs = await anew.engine.calls.safetyNumber({ account: await accountOf(bill) });
  assert.is(theirs.digits, number.digits, 'of the new key, on both screens');
  const changed = await bill.untilDetails(conversation, ({ members }) => members[1]!.identity === 'changed');
  assert.is.not(changed.members[1]!.changedAt, null);

  const scanned = await bill.engine.calls.checkScanned({ account, scanned: theirs.scannable });
  assert.is(scanned.result, 'match');
  await hears(anew, conversation, 'is it you?');
  await hears(bill, conversation, 'I forgot it all');
  await hears(phone, conversation, 'I forgot it all');
  for (const device of [bill, phone]) {
    await device.untilTimeline(conversation, ({ held }) => held === null);
    await device.untilDetails(
      conversation,
      ({ members }) => members[1]!.identity === 'verified' && members[1]!.devices.length === 1,
    );
  }
  await phone.engine.calls.send({ conversation, text: 'the phone knows, too' });
  await hears(anew, conversation, 'the phone knows, too');
  assert.equal(await servers.stores.log.head(oldInbox), inboxBefore, 'no key went to the device from before');
  const timeline = await bill.untilTimeline(conversation, (shown) => said(shown).length >= 4);
  assert.is(
    timeline.items.filter((item) => item.kind === 'change' && item.change.type === 'identity-changed').length,
    1,
  );
});

test('U10: who began anew and writes first is heard once accepted, without a word from the other side', async () => {
  const { a: carl, b: dora, conversation } = await acquaint(servers, 'carl', 'dora');
  for (const person of [carl, dora]) kept(person);
  const account = await accountOf(dora);
  const anew = kept(await startOver(servers, 'dora'));
  await carl.untilTimeline(conversation, ({ held }) => held !== null);
  await anew.engine.calls.startDirect({ username: 'carl' });
  await anew.engine.calls.send({ conversation, text: 'hello again' });
  await queued(anew, conversation, 'hello again');
  await carl.engine.calls.acceptIdentity({ account });
  await hears(carl, conversation, 'hello again');
  await carl.untilDetails(
    conversation,
    ({ members, forked }) => members[1]!.identity === 'unverified' && !forked,
  );

  // What both begin with after a reload is what they had.
  for (const person of [carl, anew]) await person.reload();
  await carl.engine.calls.send({ conversation, text: 'welcome back' });
  await hears(anew, conversation, 'welcome back');
});

test('no fault was reported on the way', () => {
  assert.equal(
    people.flatMap(({ faults }) => faults),
    [],
  );
});

test.run();
