import { firstDeviceList, listUnderNewKey, type VerifiedDeviceList } from '@sotto/client/account';
import { generateIdentityKeyPair } from '@sotto/client/crypto';
import type { AccountId, ConversationId, ListedDevice } from '@sotto/protocol';
import {
  decodeSignedDeviceList,
  documentName,
  encodeDeviceList,
  encodeSignedDeviceList,
  logName,
} from '@sotto/protocol';
import { deviceListPrefix } from '@sotto/store';
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
import { type Replacing, tamperingDirectory } from './testing/tampering-directory.js';

/** What people see of each other's account keys and devices, and what no server can slip in between. */
const test = suite('trust, headless');
const servers = await runServers();
const people: Person[] = [];
test.after(async () => {
  for (const person of people) await person.remove();
  await servers.remove();
});

async function somebody(name: string, options: PersonOptions = {}): Promise<Person> {
  const person = await newPerson(servers, name, options);
  people.push(person);
  await signUp(servers, person);
  return person;
}

/** Somebody to whom the server shows lists of other people as `show.list` says. */
async function deceived(name: string): Promise<{ person: Person; show: { list?: Replacing } }> {
  const show: { list?: Replacing } = {};
  const person = await somebody(name, { fetch: tamperingDirectory(() => show.list) });
  return { person, show };
}

/** The second has accepted the first, and both have said something. */
async function acquaint(first: Person, second: Person): Promise<ConversationId> {
  const { conversation } = await first.engine.calls.startDirect({ username: second.name });
  await first.engine.calls.send({ conversation, text: `from ${first.name}` });
  await second.untilList((list) => list.some(({ id }) => id === conversation));
  await second.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await second.engine.calls.send({ conversation, text: `from ${second.name}` });
  await first.untilTimeline(conversation, (timeline) => said(timeline).length === 2);
  return conversation;
}

function accountOf(person: Person): Promise<AccountId> {
  return new Promise((resolve) => {
    const stop = person.engine.watch('session', null, (session) => {
      if (session.state !== 'signed-in') return;
      queueMicrotask(() => stop());
      resolve(session.account);
    });
  });
}

async function listOf(account: AccountId): Promise<VerifiedDeviceList> {
  const [claim] = await servers.stores.claims.list({ prefix: deviceListPrefix(account), reverse: true });
  return { list: decodeSignedDeviceList(claim!.body).list, encoded: new Uint8Array(claim!.body) };
}

/** How much lies in the inbox of the first device of somebody. */
async function inboxSize(account: AccountId): Promise<number> {
  const [device] = (await listOf(account)).list.devices;
  const records = await servers.stores.log.read(documentName(logName('i', device!.id), 0), new Map());
  return records.length;
}

const marks = (person: Person, conversation: ConversationId, text: string, mark: string) =>
  person.untilTimeline(conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.text === text && item.mark === mark),
  );

const about = (
  account: AccountId,
  replacement: (list: VerifiedDeviceList) => Promise<Uint8Array>,
): Replacing => {
  return async (list, encoded) => (list.account === account ? replacement({ list, encoded }) : undefined);
};

test('U10: a changed account key holds what is sent, loses nothing, and lets it go on once it was accepted', async () => {
  const { person: alice, show } = await deceived('alice');
  const [bob, mallory] = [await somebody('bob'), await somebody('mallory')];
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
  const [device] = (await listOf(mallorysAccount)).list.devices;
  const other = generateIdentityKeyPair();
  const swapped = await listUnderNewKey(await listOf(account), other, [device!]);
  show.list = about(account, async () => swapped.encoded);
  await alice.reload();
  await alice.untilOnline();
  await alice.engine.calls.send({ conversation, text: 'held back' });
  const held = await alice.untilTimeline(conversation, ({ held }) => held !== null);
  assert.is(held.held!.person.username, 'bob');
  await alice.engine.calls.send({ conversation, text: 'this too' });
  await marks(alice, conversation, 'this too', 'queued');
  const changed = await alice.untilDetails(conversation, ({ members }) => members[1]!.identity === 'changed');
  assert.is(changed.members[1]!.changedAt, held.held!.since);
  assert.equal(
    changed.members[1]!.devices.map(({ id }) => id),
    (await listOf(account)).list.devices.map(({ id }) => id),
    'who reads is who read before',
  );
  const shown = await alice.engine.calls.safetyNumber({ account });
  assert.is.not(shown.digits, before.digits);
  assert.is(await inboxSize(mallorysAccount), 0);

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
  assert.ok((await inboxSize(mallorysAccount)) > 0, 'what went out went to the accepted key');
  const after = await alice.untilDetails(
    conversation,
    ({ members }) => members[1]!.identity === 'unverified',
  );
  assert.is(after.members[1]!.devices[0]!.id, device!.id);
  assert.equal([...alice.faults, ...bob.faults], []);
});

test('U9: a ghost device on a list that the account did not sign gets nothing', async () => {
  const { person: carol, show } = await deceived('carol');
  const [dave, ghost] = [await somebody('dave'), await somebody('ghost')];
  const conversation = await acquaint(carol, dave);
  const account = await accountOf(dave);
  const ghostAccount = await accountOf(ghost);
  const [device] = (await listOf(ghostAccount)).list.devices;
  const devices = [...(await listOf(account)).list.devices, device!];
  const forgeries: Record<string, (list: VerifiedDeviceList) => Promise<Uint8Array>> = {
    'the old signature under a new body': async (before) => unsigned(before, devices),
    'a list of the ghost’s own making': async () =>
      firstDeviceList(account, generateIdentityKeyPair(), devices).encoded,
  };
  for (const [what, forge] of Object.entries(forgeries)) {
    show.list = about(account, forge);
    await carol.reload();
    await carol.untilOnline();
    const { event } = await carol.engine.calls.send({ conversation, text: what });
    await carol.untilTimeline(conversation, ({ items }) =>
      items.some((item) => isMessage(item) && item.id === event && item.mark !== 'queued'),
    );
    assert.is(await inboxSize(ghostAccount), 0, what);
  }
  const details = await carol.untilDetails(conversation, ({ members }) => members.length === 2);
  assert.equal(
    details.members[1]!.devices.map(({ id }) => id),
    (await listOf(account)).list.devices.map(({ id }) => id),
  );
  assert.equal([...carol.faults, ...dave.faults], []);
});

test('U9: two lists of one version show that the server lies', async () => {
  const { person: erin, show } = await deceived('erin');
  const frank = await somebody('frank');
  const conversation = await acquaint(erin, frank);
  const account = await accountOf(frank);
  const renamed = (before: VerifiedDeviceList) =>
    before.list.devices.map((device) => ({ ...device, name: 'Other' }));
  show.list = about(account, async (before) => unsigned(before, renamed(before)));
  await erin.reload();
  await erin.untilOnline();
  await erin.engine.calls.send({ conversation, text: 'to whom?' });
  await erin.untilDetails(conversation, ({ members }) => members[1]!.list === 'forged');
  delete show.list;
  await erin.reload();
  await erin.untilDetails(conversation, ({ members }) => members[1]!.list === 'current');
});

test('U10: a new device of a contact is seen in the conversation and in its details, until it was looked at', async () => {
  const [gina, hugo] = [await somebody('gina'), await somebody('hugo')];
  const conversation = await acquaint(gina, hugo);
  const phone = await newPerson(servers, 'hugo-phone');
  people.push(phone);
  await phone.engine.calls.signIn({ login: 'hugo', password: PASSWORD });
  await phone.untilOnline();
  const told = await gina.untilTimeline(conversation, ({ items }) =>
    items.some((item) => item.kind === 'change' && item.change.type === 'device-added'),
  );
  const [note] = told.items.filter((item) => item.kind === 'change');
  assert.is(note!.by!.username, 'hugo');
  const isNew = async (count: number) =>
    gina.untilDetails(
      conversation,
      ({ members }) => members[1]!.devices.filter((device) => device.isNew).length === count,
    );
  assert.is((await isNew(1)).members[1]!.devices.length, 2);
  await gina.reload();
  await isNew(1);
  await gina.engine.calls.seeDevices({ conversation });
  await isNew(0);
  await gina.reload();
  await isNew(0);
  const kept = await gina.untilTimeline(conversation, (timeline) => said(timeline).length === 2);
  assert.is(kept.items.filter((item) => item.kind === 'change').length, 1);
  // The number is of the accounts, whatever devices they have.
  const { digits } = await gina.engine.calls.safetyNumber({ account: await accountOf(hugo) });
  assert.is((await phone.engine.calls.safetyNumber({ account: await accountOf(gina) })).digits, digits);
});

test('U10: scanning the other screen verifies, on every device of the account; another code does not', async () => {
  const [iris, jack] = [await somebody('iris'), await somebody('jack')];
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
  people.push(phone);
  await phone.engine.calls.signIn({ login: 'iris', password: PASSWORD });
  await phone.untilOnline();
  await phone.engine.calls.startDirect({ username: 'jack' });
  await phone.untilDetails(conversation, ({ members }) => members[1]!.identity === 'verified');
  await iris.engine.calls.setVerified({ account: jackAccount, verified: false });
  await phone.untilDetails(conversation, ({ members }) => members[1]!.identity === 'unverified');
});

test('U10: a scan that shows the key from before drops what the server offered', async () => {
  const { person: kate, show } = await deceived('kate');
  const [liam, stranger] = [await somebody('liam'), await somebody('stranger')];
  const conversation = await acquaint(kate, liam);
  const account = await accountOf(liam);
  const devices = (await listOf(await accountOf(stranger))).list.devices;
  const swapped = await listUnderNewKey(await listOf(account), generateIdentityKeyPair(), devices);
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

test('X7: a list that stays older than what its owner’s messages name is said to be withheld', async () => {
  let ahead = 0;
  const show: { list?: Replacing } = {};
  const mona = await somebody('mona', {
    fetch: tamperingDirectory(() => show.list),
    now: () => Date.now() + ahead,
  });
  const nils = await somebody('nils');
  const conversation = await acquaint(mona, nils);
  const account = await accountOf(nils);
  const old = (await listOf(account)).encoded;
  show.list = about(account, async () => old);
  const phone = await newPerson(servers, 'nils-phone');
  people.push(phone);
  await phone.engine.calls.signIn({ login: 'nils', password: PASSWORD });
  await phone.untilOnline();
  await nils.engine.calls.reconnect();
  await nils.untilOnline();
  await nils.reload();
  await nils.untilOnline();
  await nils.engine.calls.send({ conversation, text: 'I have two devices now' });
  await mona.untilTimeline(conversation, (timeline) => said(timeline).length === 3);
  await mona.untilDetails(conversation, ({ members }) => members[1]!.list === 'current');
  ahead = 61_000;
  const late = await mona.untilDetails(conversation, ({ members }) => members[1]!.list === 'withheld');
  assert.is(late.members[1]!.devices.length, 1);
  delete show.list;
  await mona.engine.calls.send({ conversation, text: 'let me see' });
  await mona.reload();
  await mona.untilOnline();
  await mona.engine.calls.send({ conversation, text: 'now?' });
  const shown = await mona.untilDetails(conversation, ({ members }) => members[1]!.list === 'current');
  assert.is(shown.members[1]!.devices.length, 2);
});

/** A list with other devices under the signature of the one before. */
async function unsigned(
  { list, encoded }: VerifiedDeviceList,
  devices: readonly ListedDevice[],
): Promise<Uint8Array> {
  const { signature } = decodeSignedDeviceList(encoded).signed;
  return encodeSignedDeviceList({ body: encodeDeviceList({ ...list, devices: [...devices] }), signature });
}

test.run();
