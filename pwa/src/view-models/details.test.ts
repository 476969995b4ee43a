import type { ConversationDetails, MemberDetails, Person, ReadingDevice } from '@sotto/client';
import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AppViewModel } from './app.js';
import { DetailsViewModel } from './details.js';
import { ManualEngine, settle, testPlatform } from './testing/platform.js';

const test = suite('details');
const ID = 'noorAAAAAAAAAAAAAAAAAA' as ConversationId;
const ME = 'maraAAAAAAAAAAAAAAAAAA' as AccountId;
const NOOR = 'noorAAAAAAAAAAAAAAAAAA' as AccountId;
const person = (account: AccountId, username: string): Person => ({ account, username });

function device(name: string, more: Partial<ReadingDevice> = {}): ReadingDevice {
  return { id: name as DeviceId, name, kind: 'device', added: 0, isNew: false, ...more };
}

function member(who: Person, more: Partial<MemberDetails> = {}): MemberDetails {
  const devices = [device(`${who.username}'s`)];
  return {
    person: who,
    role: 'member',
    identity: 'unverified',
    changedAt: null,
    list: 'current',
    devices,
    ...more,
  };
}

function group(more: Partial<ConversationDetails> = {}): ConversationDetails {
  return {
    conversation: ID,
    kind: 'group',
    name: 'Boats',
    sharesPast: false,
    members: [member(person(ME, 'mara'), { role: 'admin' }), member(person(NOOR, 'noor'))],
    role: 'admin',
    waitingForKeys: 0,
    overdueKeys: 0,
    pending: [],
    forked: false,
    ...more,
  };
}

function open(details: ConversationDetails) {
  const engine = new ManualEngine();
  const platform = testPlatform({ name: 'details', id: ID });
  const app = new AppViewModel({ engine, platform });
  engine.tell('session', {
    state: 'signed-in',
    account: ME,
    username: 'mara',
    email: 'mara@example.org',
  } as never);
  const model = new DetailsViewModel(app, ID);
  engine.tell('details', details);
  return { engine, platform, model };
}

test('U14 who can read is said with the number of devices, agents apart', () => {
  const agent = device('Agent', { kind: 'agent' });
  const noor = member(person(NOOR, 'noor'), { devices: [device('Phone'), device('Desk'), agent] });
  const { model } = open(group({ members: [member(person(ME, 'mara')), noor] }));
  const [people, agents] = model.readers;
  assert.is(people, 'Only the 2 of you, on 3 devices.');
  assert.match(
    agents ?? '',
    /^And noor’s agent, which runs on the service: whoever runs the service could read/,
  );
});

test('U11 a group that we are not in any more is taken off the list, once asked', async () => {
  const { model, engine, platform } = open(group({ role: null }));
  assert.is(model.member, false);
  model.askToHide();
  assert.is(model.question?.kind, 'hide');
  assert.not(engine.names().includes('hideGroup'));
  engine.answers.hideGroup = () => undefined;
  await model.confirm();
  assert.is(model.question, null);
  assert.equal(engine.asked.at(-1), { name: 'hideGroup', input: { conversation: ID } });
  assert.is(platform.router.route.name, 'list');
});

test('U11 an admin may change others and not themselves; a member nobody', () => {
  const { model, engine } = open(group());
  assert.equal(
    model.members.map(({ name, managed }) => [name, managed]),
    [
      ['mara', false],
      ['noor', true],
    ],
  );
  engine.tell('details', group({ role: 'member' }));
  assert.not(model.members.some(({ managed }) => managed));
});

test('U11 somebody is removed only after the question, which stays where it did not work', async () => {
  const { model, engine } = open(group());
  model.askToRemove(model.members[1]!);
  assert.equal(model.question, { kind: 'remove', account: NOOR, name: 'noor' });
  assert.not(engine.names().includes('removeMember'));
  engine.answers.removeMember = () => {
    throw new Error('no');
  };
  await model.confirm();
  assert.ok(model.question && model.problem);
  engine.answers.removeMember = () => undefined;
  await model.confirm();
  assert.is(model.question, null);
  assert.equal(engine.asked.at(-1), { name: 'removeMember', input: { conversation: ID, account: NOOR } });
});

test('U11 who leaves as the only admin learns what becomes of the group', () => {
  const { model, engine } = open(group());
  model.askToLeave();
  assert.equal(model.question, { kind: 'leave', lastAdmin: true });
  model.keep();
  engine.tell(
    'details',
    group({ members: group().members.map((one) => ({ ...one, role: 'admin' as const })) }),
  );
  model.askToLeave();
  assert.equal(model.question, { kind: 'leave', lastAdmin: false });
});

test('U14 new devices stay marked while the page is open, and are told of as seen when it is left', async () => {
  const noor = member(person(NOOR, 'noor'), { devices: [device('Phone', { isNew: true })] });
  const { model, engine } = open(group({ members: [noor] }));
  assert.not(engine.names().includes('seeDevices'));
  assert.ok(model.members[0]!.devices[0]!.isNew);
  model.dispose();
  await settle();
  assert.equal(engine.asked.at(-1), { name: 'seeDevices', input: { conversation: ID } });
});

test('a change that was refused says so and can be put away', async () => {
  const { model, engine } = open(
    group({ pending: [{ id: 'p', change: { type: 'rename', name: 'Sheds' }, refused: 'auth/forbidden' }] }),
  );
  assert.equal(model.pending, [
    {
      id: 'p',
      text: 'Renaming it to “Sheds”',
      reason: 'It was not done: you may not do this any more.',
      refused: true,
    },
  ]);
  await model.withdraw('p');
  assert.equal(engine.asked.at(-1)?.input, { conversation: ID, change: 'p' });
});

test('a group is not renamed to nothing', async () => {
  const { model, engine } = open(group());
  model.askToRename();
  model.writeName('   ');
  await model.confirm();
  assert.ok(model.nameProblem && model.question);
  model.writeName('  Sheds ');
  assert.is(model.nameProblem, null);
  await model.confirm();
  assert.equal(engine.asked.at(-1), { name: 'renameGroup', input: { conversation: ID, name: 'Sheds' } });
});

test.run();
