import { firstDeviceList, type VerifiedDeviceList } from '@sotto/client/account';
import { generateIdentityKeyPair } from '@sotto/client/crypto';
import type { ListedDevice } from '@sotto/protocol';
import { decodeSignedDeviceList, encodeDeviceList, encodeSignedDeviceList } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accountOf } from '../people/account.js';
import { acquaint } from '../people/acquaint.js';
import { isMessage, newPerson, PASSWORD, said } from '../people/person.js';
import { runServers } from './testing/running-servers.js';
import { about, Trusting } from './testing/trusting.js';

/** What people see of each other's devices: the ones that come, and the ghosts that get nothing. */
const test = suite('devices of contacts, headless');
const trusting = new Trusting(await runServers());
const servers = trusting.servers;
test.after(() => trusting.remove());

test('U9: a ghost device on a list that the account did not sign gets nothing', async () => {
  const { person: carol, show } = await trusting.deceived('carol');
  const [dave, ghost] = [await trusting.somebody('dave'), await trusting.somebody('ghost')];
  const conversation = await acquaint(carol, dave);
  const account = await accountOf(dave);
  const ghostAccount = await accountOf(ghost);
  const [device] = (await trusting.listOf(ghostAccount)).list.devices;
  const devices = [...(await trusting.listOf(account)).list.devices, device!];
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
    assert.is(await trusting.inboxSize(ghostAccount), 0, what);
  }
  const details = await carol.untilDetails(conversation, ({ members }) => members.length === 2);
  assert.equal(
    details.members[1]!.devices.map(({ id }) => id),
    (await trusting.listOf(account)).list.devices.map(({ id }) => id),
  );
  assert.equal([...carol.faults, ...dave.faults], []);
});

test('U9: two lists of one version show that the server lies', async () => {
  const { person: erin, show } = await trusting.deceived('erin');
  const frank = await trusting.somebody('frank');
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
  const [gina, hugo] = [await trusting.somebody('gina'), await trusting.somebody('hugo')];
  const conversation = await acquaint(gina, hugo);
  const phone = await newPerson(servers, 'hugo-phone');
  trusting.kept(phone);
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

test('X7: a list that stays older than what its owner’s messages name is said to be withheld', async () => {
  let ahead = 0;
  const { person: mona, show } = await trusting.deceived('mona', { now: () => Date.now() + ahead });
  const nils = await trusting.somebody('nils');
  const conversation = await acquaint(mona, nils);
  const account = await accountOf(nils);
  const old = (await trusting.listOf(account)).encoded;
  show.list = about(account, async () => old);
  const phone = await newPerson(servers, 'nils-phone');
  trusting.kept(phone);
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
