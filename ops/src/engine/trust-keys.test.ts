import { listUnderNewKey } from '@sotto/client/account';
import { generateIdentityKeyPair } from '@sotto/client/crypto';
import type { ConversationId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accountOf } from '../people/account.js';
import { acquaint } from '../people/acquaint.js';
import { isMessage, newPerson, PASSWORD, type Person, said } from '../people/person.js';
import { runServers } from './testing/running-servers.js';
import { about, Trusting } from './testing/trusting.js';

/** What people see of each other's account keys, and what no server can slip in between. */
const test = suite('account keys of contacts, headless');
const trusting = new Trusting(await runServers());
const servers = trusting.servers;
test.after(() => trusting.remove());

const marks = (person: Person, conversation: ConversationId, text: string, mark: string) =>
  person.untilTimeline(conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.text === text && item.mark === mark),
  );

test('U10: a changed account key holds what is sent, loses nothing, and lets it go on once it was accepted', async () => {
  const { person: alice, show } = await trusting.deceived('alice');
  const [bob, mallory] = [await trusting.somebody('bob'), await trusting.somebody('mallory')];
  const conversation = await acquaint(alice, bob);
  const account = await accountOf(bob);
  const before = await alice.engine.calls.safetyNumber({ account });
  assert.is(before.digits.length, 60);
  assert.equal(
    before.digits,
    (await bob.engine.calls.safetyNumber({ account: await accountOf(alice) })).digits,
  );
  await alice.engine.calls.setVerified({ account, verified: true });
  const verified = await alice.untilDetails(
    conversation,
    ({ members }) => members[1]?.identity === 'verified',
  );
  assert.is(verified.members[1]!.changedAt, null);

  // From here on the server says that another key is Bob's, and that Mallory's device is his.
  const mallorysAccount = await accountOf(mallory);
  const [device] = (await trusting.listOf(mallorysAccount)).list.devices;
  const other = generateIdentityKeyPair();
  const swapped = await listUnderNewKey(await trusting.listOf(account), other, [device!]);
  show.list = about(account, async () => swapped.encoded);
  await alice.reload();
  const held = await alice.untilTimeline(conversation, ({ held }) => held !== null);
  await alice.engine.calls.send({ conversation, text: 'held back' });
  assert.is(held.held!.person.username, 'bob');
  await alice.engine.calls.send({ conversation, text: 'this too' });
  await marks(alice, conversation, 'this too', 'queued');
  const changed = await alice.untilDetails(conversation, ({ members }) => members[1]!.identity === 'changed');
  assert.is(changed.members[1]!.changedAt, held.held!.since);
  assert.equal(
    changed.members[1]!.devices.map(({ id }) => id),
    (await trusting.listOf(account)).list.devices.map(({ id }) => id),
    'who reads is who read before',
  );
  const shown = await alice.engine.calls.safetyNumber({ account });
  assert.is.not(shown.digits, before.digits);
  assert.is(await trusting.inboxSize(mallorysAccount), 0);

  // It stays so for the next process, and what was queued stays queued.
  await alice.reload();
  const still = await alice.untilTimeline(conversation, (timeline) => said(timeline).length === 4);
  assert.is(still.held!.since, held.held!.since);
  assert.equal(
    still.items.filter(isMessage).map(({ mark }) => mark === 'queued'),
    [false, false, true, true],
  );
  assert.ok(still.items.some((item) => item.kind === 'change' && item.change.type === 'identity-changed'));

  // Somebody who looked at an older change than the newest accepts nothing.
  const refused = await alice.engine.calls
    .acceptIdentity({ account, since: held.held!.since - 1 })
    .catch((error: { code: string }) => error.code);
  assert.is(refused, 'client/keys-untrusted');
  await alice.engine.calls.acceptIdentity({ account, since: held.held!.since });
  await marks(alice, conversation, 'held back', 'sent');
  const gone = await marks(alice, conversation, 'this too', 'sent');
  assert.is(gone.held, null);
  assert.ok((await trusting.inboxSize(mallorysAccount)) > 0, 'what went out went to the accepted key');
  const after = await alice.untilDetails(
    conversation,
    ({ members }) => members[1]!.identity === 'unverified',
  );
  assert.is(after.members[1]!.devices[0]!.id, device!.id);
  assert.equal([...alice.faults, ...bob.faults], []);
});

test('U10: scanning the other screen verifies, on every device of the account; another code does not', async () => {
  const [iris, jack] = [await trusting.somebody('iris'), await trusting.somebody('jack')];
  const conversation = await acquaint(iris, jack);
  const [irisAccount, jackAccount] = [await accountOf(iris), await accountOf(jack)];
  const { scannable } = await jack.engine.calls.safetyNumber({ account: irisAccount });
  const check = (scanned: string) => iris.engine.calls.checkScanned({ account: jackAccount, scanned });
  assert.equal(await check('!'), { result: 'not-a-code' });
  assert.equal(await check('AAAA'), { result: 'not-a-code' });
  const own = await iris.engine.calls.safetyNumber({ account: jackAccount });
  assert.equal(await check(own.scannable), { result: 'mismatch' });
  await iris.untilDetails(conversation, ({ members }) => members[1]!.identity === 'unverified');
  assert.equal(await check(scannable), { result: 'match' });
  await iris.untilDetails(conversation, ({ members }) => members[1]!.identity === 'verified');

  const phone = await newPerson(servers, 'iris-phone');
  trusting.kept(phone);
  await phone.engine.calls.signIn({ login: 'iris', password: PASSWORD });
  await phone.untilOnline();
  await phone.engine.calls.startDirect({ username: 'jack' });
  await phone.untilDetails(conversation, ({ members }) => members[1]!.identity === 'verified');
  await iris.engine.calls.setVerified({ account: jackAccount, verified: false });
  await phone.untilDetails(conversation, ({ members }) => members[1]!.identity === 'unverified');
});

test('U10: a scan that shows the key from before drops what the server offered', async () => {
  const { person: kate, show } = await trusting.deceived('kate');
  const [liam, stranger] = [await trusting.somebody('liam'), await trusting.somebody('stranger')];
  const conversation = await acquaint(kate, liam);
  const account = await accountOf(liam);
  const devices = (await trusting.listOf(await accountOf(stranger))).list.devices;
  const swapped = await listUnderNewKey(await trusting.listOf(account), generateIdentityKeyPair(), devices);
  show.list = about(account, async () => swapped.encoded);
  await kate.reload();
  await kate.untilOnline();
  await kate.engine.calls.send({ conversation, text: 'is it you?' });
  await kate.untilTimeline(conversation, ({ held }) => held !== null);
  const { scannable } = await liam.engine.calls.safetyNumber({ account: await accountOf(kate) });
  delete show.list;
  assert.equal(await kate.engine.calls.checkScanned({ account, scanned: scannable }), { result: 'match' });
  const sent = await kate.untilTimeline(
    conversation,
    ({ held, items }) =>
      held === null &&
      items.some((item) => isMessage(item) && item.text === 'is it you?' && item.mark !== 'queued'),
  );
  assert.ok(sent);
  await liam.untilTimeline(conversation, (timeline) => said(timeline).includes('kate: is it you?'));
});

test('U10: a key that is changed once more between looking and deciding is not the one decided on', async () => {
  const { person: olga, show } = await trusting.deceived('olga');
  const pavel = await trusting.somebody('pavel');
  const conversation = await acquaint(olga, pavel);
  const account = await accountOf(pavel);
  const { devices } = (await trusting.listOf(account)).list;
  const first = await listUnderNewKey(await trusting.listOf(account), generateIdentityKeyPair(), devices);
  const second = await listUnderNewKey(first, generateIdentityKeyPair(), devices);
  const { calls } = olga.engine;
  const refused = (call: Promise<unknown>) => call.catch((error: { code: string }) => error.code);
  show.list = about(account, async () => first.encoded);
  await calls.lookUp({ username: 'pavel' });
  const { held } = await olga.untilTimeline(conversation, (timeline) => timeline.held !== null);
  const { digits } = await calls.safetyNumber({ account });
  show.list = about(account, async () => second.encoded);
  await calls.lookUp({ username: 'pavel' });
  assert.is(await refused(calls.acceptIdentity({ account, since: held!.since })), 'client/keys-untrusted');
  assert.is(await refused(calls.setVerified({ account, verified: true })), 'client/keys-untrusted');
  await olga.untilDetails(conversation, ({ members }) => members[1]!.identity === 'changed');
  assert.is.not((await calls.safetyNumber({ account })).digits, digits);
  await calls.setVerified({ account, verified: true });
  await olga.untilDetails(conversation, ({ members }) => members[1]!.identity === 'verified');
  assert.equal(olga.faults, []);
});

test.run();
