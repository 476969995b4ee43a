import type { ConversationDetails, TimelineSnapshot } from '@sotto/client';
import type { AccountId, ConversationId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, PASSWORD, type Person, said, signUp } from '../people/person.js';
import { codeOf } from './testing/own-devices.js';
import { type Plug, plug } from './testing/plug.js';
import { runServers } from './testing/running-servers.js';

/** Groups of real engines, two devices each, with the real servers. */
const test = suite('groups, headless');
const servers = await runServers();
const everybody: Person[] = [];
test.after(async () => {
  for (const person of everybody) await person.remove();
  await servers.remove();
});

interface Member {
  readonly name: string;
  readonly account: AccountId;
  /** Two devices. */
  readonly devices: readonly [Person, Person];
  readonly plugs: readonly [Plug, Plug];
}

async function member(name: string): Promise<Member> {
  const plugs = [plug(), plug()] as const;
  const first = await newPerson(servers, name, plugs[0].options);
  everybody.push(first);
  await signUp(servers, first);
  const second = await newPerson(servers, name, plugs[1].options);
  everybody.push(second);
  await second.engine.calls.signIn({ login: name, password: PASSWORD });
  await second.untilOnline();
  const session = await second.untilSession(({ state }) => state === 'signed-in');
  const account = session.state === 'signed-in' ? session.account : ('' as AccountId);
  return { name, account, devices: [first, second], plugs };
}

/** Who is in, admins marked, by one device. */
function who({ members }: ConversationDetails): string {
  const names = members.map(({ person, role }) => person.username + (role === 'admin' ? '*' : ''));
  return names.sort().join(' ');
}

const devicesOf = (members: readonly Member[]) => members.flatMap(({ devices }) => devices);

/** Every device of these sees the same people in the group. */
async function allSee(members: readonly Member[], group: ConversationId, expected: string): Promise<void> {
  for (const device of devicesOf(members))
    await device.untilDetails(
      group,
      (details) => who(details) === expected && details.pending.every(({ refused }) => refused),
    );
}

/** Every device of these has read these texts. */
async function allRead(
  members: readonly Member[],
  group: ConversationId,
  texts: readonly string[],
): Promise<void> {
  for (const device of devicesOf(members)) {
    const timeline = await device.untilTimeline(group, (shown) =>
      texts.every((text) => said(shown).includes(text)),
    );
    assert.equal(
      said(timeline).filter((text) => texts.includes(text)),
      texts,
      device.name,
    );
    assert.is(timeline.items.filter(({ kind }) => kind === 'waiting').length, 0, device.name);
  }
}

/** What happened to the group, by one device. */
async function told(device: Person, group: ConversationId): Promise<string[]> {
  const { items } = await device.untilTimeline(group, () => true);
  return items.flatMap((item) => {
    if (item.kind !== 'change') return [];
    const { change, by } = item;
    const people =
      'people' in change
        ? ` ${change.people
            .map(({ username }) => username)
            .sort()
            .join(' ')}`
        : '';
    return [`${by?.username} ${change.type}${people}`];
  });
}

const members = new Map<string, Member>();
for (const name of ['ada', 'ben', 'cyd', 'dan', 'eve']) members.set(name, await member(name));
const [ada, ben, cyd, dan, eve] = [...members.values()] as [Member, Member, Member, Member, Member];
let group: ConversationId;

test('item 6: a group of five with two devices each is made and talks', async () => {
  const { calls } = ada.devices[0].engine;
  const people = [];
  for (const name of ['ben', 'cyd', 'dan', 'eve'])
    people.push((await calls.lookUp({ username: name })).account);
  ({ conversation: group } = await calls.createGroup({ name: 'Walkers', people, sharesPast: false }));
  const all = [ada, ben, cyd, dan, eve];
  await allSee(all, group, 'ada* ben cyd dan eve');
  const [request] = await ben.devices[0].conversations();
  assert.equal([request!.kind, request!.name, request!.standing], ['group', 'Walkers', 'request']);
  assert.equal(request!.peer?.username, 'ada');
  for (const { devices } of all)
    await devices[1].engine.calls.send({ conversation: group, text: `hello from ${devices[1].name}` });
  await allReadInAnyOrder(
    all,
    ['ada', 'ben', 'cyd', 'dan', 'eve'].map((name) => `${name}: hello from ${name}`),
  );
  assert.equal(await told(eve.devices[1], group), ['ada created']);
});

async function allReadInAnyOrder(of: readonly Member[], texts: readonly string[]): Promise<void> {
  for (const device of devicesOf(of))
    await device.untilTimeline(group, (shown) => texts.every((text) => said(shown).includes(text)));
}

test('item 6: a removed member reads nothing from then on, sees that he is out, and what he wishes is refused', async () => {
  await ada.devices[0].engine.calls.removeMember({ conversation: group, account: eve.account });
  const rest = [ada, ben, cyd, dan];
  await allSee(rest, group, 'ada* ben cyd dan');
  for (const device of eve.devices) {
    const [out] = await device.untilList(([summary]) => summary?.member === false);
    assert.is(out!.name, 'Walkers');
  }
  const isToldOf = ({ items }: TimelineSnapshot) =>
    items.some(
      (item) => item.kind === 'change' && item.change.type === 'removed' && item.by?.username === 'ada',
    );
  for (const device of eve.devices) await device.untilTimeline(group, isToldOf);
  await eve.devices[1].reload();
  await eve.devices[1].untilTimeline(group, isToldOf);
  await eve.devices[0].engine.calls.renameGroup({ conversation: group, name: 'Mine' });
  const refused = await eve.devices[0].untilDetails(group, ({ pending }) =>
    pending.some(({ refused }) => refused),
  );
  assert.is(refused.pending[0]!.refused, 'sync/not-a-member');
  assert.is(refused.role, null);
  await eve.devices[0].engine.calls.withdrawChange({ conversation: group, change: refused.pending[0]!.id });
  await ben.devices[0].engine.calls.send({ conversation: group, text: 'without eve' });
  await allRead(rest, group, ['ben: without eve']);
  const timeline = await eve.devices[1].untilTimeline(group, () => true);
  assert.is(said(timeline).includes('ben: without eve'), false);
});

test('item 6: a group that she is out of goes off her list, on all her devices, and comes back with her', async () => {
  const [first, second] = eve.devices;
  await second.engine.calls.hideGroup({ conversation: group });
  for (const device of eve.devices) await device.untilList((list) => !list.some(({ id }) => id === group));
  assert.is(await codeOf(ada.devices[0].engine.calls.hideGroup({ conversation: group })), 'auth/forbidden');
  await first.reload();
  await first.untilOnline();
  assert.is((await first.conversations()).length, 0);
});

test('item 6: added again, she reads from then on', async () => {
  await ada.devices[1].engine.calls.addMembers({ conversation: group, people: [eve.account] });
  const all = [ada, ben, cyd, dan, eve];
  await allSee(all, group, 'ada* ben cyd dan eve');
  for (const device of eve.devices) await device.untilList((list) => list.some(({ id }) => id === group));
  await cyd.devices[1].engine.calls.send({ conversation: group, text: 'with eve again' });
  await allRead(all, group, ['cyd: with eve again']);
  const timeline = await eve.devices[0].untilTimeline(group, () => true);
  assert.is(said(timeline).includes('ben: without eve'), false);
});

test('item 6: roles, a name and leaving', async () => {
  const { calls } = ada.devices[0].engine;
  await calls.setRole({ conversation: group, account: ben.account, role: 'admin' });
  await allSee([ada, ben, cyd, dan, eve], group, 'ada* ben* cyd dan eve');
  await ben.devices[1].engine.calls.renameGroup({ conversation: group, name: 'Swimmers' });
  for (const device of devicesOf([ada, ben, cyd, dan, eve]))
    await device.untilDetails(group, ({ name }) => name === 'Swimmers');
  await dan.devices[0].engine.calls.leaveGroup({ conversation: group });
  await allSee([ada, ben, cyd, eve], group, 'ada* ben* cyd eve');
  for (const device of dan.devices) await device.untilList(([summary]) => summary?.member === false);
  await cyd.devices[0].engine.calls.send({ conversation: group, text: 'dan is gone' });
  await allRead([ada, ben, cyd, eve], group, ['cyd: dan is gone']);
});

test('item 6: two admins take each other out offline: whoever comes first is in, the same everywhere', async () => {
  for (const { plugs } of [ada, ben]) for (const one of plugs) one.pull();
  await ada.devices[0].engine.calls.removeMember({ conversation: group, account: ben.account });
  await ben.devices[0].engine.calls.removeMember({ conversation: group, account: ada.account });
  const [pending] = (await ben.devices[0].untilDetails(group, (details) => details.pending.length > 0))
    .pending;
  assert.equal(pending!.change.type, 'remove');
  for (const { plugs } of [ben]) for (const one of plugs) one.putIn();
  await allSee([ben, cyd, eve], group, 'ben* cyd eve');
  for (const one of ada.plugs) one.putIn();
  for (const device of ada.devices) {
    await device.engine.calls.reconnect();
    await device.untilList(([summary]) => summary?.member === false);
  }
  const refused = await ada.devices[0].untilDetails(group, ({ pending }) =>
    pending.some(({ refused }) => refused),
  );
  assert.is(refused.pending[0]!.refused, 'sync/not-a-member');
  await allSee([ben, cyd, eve], group, 'ben* cyd eve');
});

test('item 6: everybody who is in tells the same', async () => {
  const first = await told(ben.devices[0], group);
  for (const device of devicesOf([ben, cyd])) assert.equal(await told(device, group), first, device.name);
  assert.equal(first, [
    'ada created',
    'ada removed eve',
    'ada added eve',
    'ada role',
    'ben renamed',
    'dan left',
    'ben removed ada',
  ]);
  const shown = new Set<string>();
  for (const device of devicesOf([ben, cyd])) {
    const { items } = await device.untilTimeline(group, () => true);
    shown.add(
      JSON.stringify(items.filter(isMessage).map(({ id, author, text }) => [id, author.account, text])),
    );
  }
  assert.is(shown.size, 1);
  assert.equal(everybody.flatMap(({ faults }) => faults).map(String), []);
});

test('item 6: who joins a group that shares its past reads all of it; when the last admin goes, who was first in leads', async () => {
  const { calls } = cyd.devices[0].engine;
  const { conversation } = await calls.createGroup({ name: 'Open', people: [dan.account], sharesPast: true });
  await allSee([cyd, dan], conversation, 'cyd* dan');
  for (const one of [cyd, dan]) {
    await one.devices[1].engine.calls.send({ conversation, text: `early ${one.name}` });
    for (const device of devicesOf([cyd, dan]))
      await device.untilTimeline(conversation, (shown) =>
        said(shown).includes(`${one.name}: early ${one.name}`),
      );
  }
  await calls.addMembers({ conversation, people: [ada.account] });
  await allSee([ada, cyd, dan], conversation, 'ada cyd* dan');
  await dan.devices[0].engine.calls.send({ conversation, text: 'ada is here' });
  for (const device of ada.devices) {
    const shown = await device.untilTimeline(
      conversation,
      ({ items }) => items.filter(isMessage).length === 3,
    );
    assert.equal(said(shown), ['cyd: early cyd', 'dan: early dan', 'dan: ada is here']);
  }
  await calls.leaveGroup({ conversation });
  await allSee([ada, dan], conversation, 'ada dan*');
  await dan.devices[1].engine.calls.renameGroup({ conversation, name: 'Dan leads' });
  for (const device of devicesOf([ada, dan]))
    await device.untilDetails(conversation, ({ name }) => name === 'Dan leads');
});

test('item 6: who joins another one reads nothing from before, and nothing is shown as missing', async () => {
  const { calls } = cyd.devices[0].engine;
  const { conversation } = await calls.createGroup({
    name: 'Closed',
    people: [dan.account],
    sharesPast: false,
  });
  await allSee([cyd, dan], conversation, 'cyd* dan');
  await dan.devices[1].engine.calls.send({ conversation, text: 'before' });
  for (const device of devicesOf([cyd, dan]))
    await device.untilTimeline(conversation, (shown) => said(shown).includes('dan: before'));
  await calls.addMembers({ conversation, people: [ada.account] });
  await allSee([ada, cyd, dan], conversation, 'ada cyd* dan');
  await dan.devices[1].engine.calls.send({ conversation, text: 'after' });
  for (const device of ada.devices) {
    const shown = await device.untilTimeline(conversation, (timeline) => said(timeline).length > 0);
    assert.equal(said(shown), ['dan: after']);
    assert.equal(
      shown.items.map(({ kind }) => kind),
      ['change', 'message'],
    );
  }
});

test.run();
