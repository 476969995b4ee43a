import type { AccountId, ConversationId, ServerFrame } from '@sotto/protocol';
import { logName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hears } from '../people/hears.js';
import { isMessage, newPerson, type Person, type PersonOptions, said, signUp } from '../people/person.js';
import { runServers } from './testing/running-servers.js';
import { startOver } from './testing/starting-over.js';
import { tamperingSockets } from './testing/tampering-socket.js';

/** What the members of a group see of a server that shows them different things, and of a member whose key changed. */
const test = suite('trust in groups');
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

/** A group that everybody in it has written in: whatever keys they need for it are shared. */
async function groupOf(founder: Person, others: readonly Person[]): Promise<ConversationId> {
  const { calls } = founder.engine;
  const accounts: AccountId[] = [];
  for (const { name } of others) accounts.push((await calls.lookUp({ username: name })).account);
  const { conversation } = await calls.createGroup({ name: 'Walkers', people: accounts, sharesPast: false });
  await calls.send({ conversation, text: `from ${founder.name}` });
  for (const person of others) {
    await person.untilList((list) => list.some(({ id }) => id === conversation));
    await hears(person, conversation, `from ${founder.name}`);
    await person.engine.calls.answerRequest({ conversation, answer: 'accept' });
    await person.engine.calls.send({ conversation, text: `from ${person.name}` });
  }
  for (const person of [founder, ...others])
    await person.untilTimeline(conversation, (timeline) => said(timeline).length === others.length + 1);
  return conversation;
}

const queued = (person: Person, conversation: ConversationId, text: string) =>
  person.untilTimeline(conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.text === text && item.mark === 'queued'),
  );

/** A server that shows one device nothing more of a conversation's state from when it is told to. */
class Withholding {
  conversation: ConversationId | undefined;
  #count: number | undefined;

  incoming(frame: ServerFrame): readonly ServerFrame[] {
    const log = this.conversation && logName('s', this.conversation);
    if (frame.type === 'head' && frame.log.startsWith('s.') && frame.log !== log) this.#count = frame.count;
    if (!log) return [frame];
    if (frame.type === 'head' && frame.log === log) return [{ ...frame, count: this.#count ?? frame.count }];
    if (frame.type === 'sync' && frame.document.startsWith(`${log}.`)) return [];
    if (frame.type === 'notice' && frame.notice.kind === 'access') return [];
    return [frame];
  }
}

test('item 9: members who are shown different state notice it by what each says that it was shown', async () => {
  let ahead = 0;
  const server = new Withholding();
  const [ada, ben] = [await somebody('ada'), await somebody('ben')];
  const cyd = await somebody('cyd', {
    openSocket: tamperingSockets({ incoming: (frame) => server.incoming(frame) }),
    now: () => Date.now() + ahead,
  });
  const conversation = await groupOf(ada, [ben, cyd]);
  await cyd.untilDetails(conversation, ({ name, forked }) => name === 'Walkers' && !forked);

  server.conversation = conversation;
  await ada.engine.calls.renameGroup({ conversation, name: 'Climbers' });
  await ben.untilDetails(conversation, ({ name }) => name === 'Climbers');
  await ada.engine.calls.send({ conversation, text: 'we are climbers now' });
  await hears(cyd, conversation, 'we are climbers now');
  const before = await cyd.untilDetails(conversation, () => true);
  assert.equal([before.name, before.forked], ['Walkers', false], 'it may be on its way');
  ahead = 61_000;
  await cyd.untilDetails(conversation, ({ forked }) => forked);
  assert.not.ok((await ben.untilDetails(conversation, () => true)).forked);

  // It shows the rest after all: there was a delay, and no fork.
  server.conversation = undefined;
  await cyd.reload();
  await cyd.untilDetails(conversation, ({ name, forked }) => name === 'Climbers' && !forked);
  assert.equal([...ada.faults, ...ben.faults, ...cyd.faults], []);
});

test('U10: a member who began anew is held by each until each has looked; who accepts first lets them in for all', async () => {
  const [erin, fred, gina] = [await somebody('erin'), await somebody('fred'), await somebody('gina')];
  const conversation = await groupOf(erin, [fred, gina]);
  const { account } = await erin.engine.calls.lookUp({ username: 'gina' });
  await gina.engine.close();
  const anew = await startOver(servers, 'gina');
  people.push(anew);
  for (const person of [erin, fred])
    await person.untilTimeline(conversation, ({ held }) => held?.person.account === account);
  await erin.engine.calls.send({ conversation, text: 'who is this?' });
  await fred.engine.calls.send({ conversation, text: 'no idea' });
  await queued(erin, conversation, 'who is this?');
  await queued(fred, conversation, 'no idea');

  // A conversation that the new key begins stays unread in the inbox until then.
  const direct = await anew.engine.calls.startDirect({ username: 'erin' });
  await anew.engine.calls.send({ conversation: direct.conversation, text: 'between us' });
  await anew.untilTimeline(direct.conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.mark === 'sent'),
  );
  assert.not.ok((await erin.conversations()).some(({ id }) => id === direct.conversation));

  await erin.engine.calls.acceptIdentity({ account });
  await erin.untilList((list) =>
    list.some(({ id, last }) => id === direct.conversation && last?.text === 'between us'),
  );
  await anew.untilList((list) => list.some(({ id }) => id === conversation));
  await hears(anew, conversation, 'who is this?');
  await hears(fred, conversation, 'who is this?');
  await anew.engine.calls.send({ conversation, text: 'gina, on a new machine' });
  await hears(erin, conversation, 'gina, on a new machine');
  await queued(fred, conversation, 'no idea');
  await fred.engine.calls.acceptIdentity({ account });
  await hears(fred, conversation, 'gina, on a new machine');
  await hears(anew, conversation, 'no idea');
  await hears(erin, conversation, 'no idea');
  const [last] = said(await erin.untilTimeline(conversation, () => true)).slice(-1);
  assert.ok(last);
  for (const person of [erin, fred, anew]) {
    const { members, forked } = await person.untilDetails(conversation, () => true);
    assert.not.ok(forked, person.name);
    assert.equal(members.map(({ person: one }) => one.username).sort(), ['erin', 'fred', 'gina']);
  }
  assert.equal([...erin.faults, ...fred.faults, ...anew.faults], []);
});

test.run();
