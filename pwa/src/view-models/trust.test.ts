import type { ConversationDetails, MemberDetails, TimelineSnapshot } from '@sotto/client';
import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AppViewModel } from './app.js';
import { groupAvatarOf } from './avatar.js';
import { ConversationViewModel } from './conversation.js';
import { ConversationBarViewModel } from './conversation-bar.js';
import { NewGroupViewModel } from './new-group.js';
import { ManualEngine, settle, testPlatform } from './testing/platform.js';
import { VerifyViewModel } from './verify.js';

/** Safety numbers, changed account keys, and groups as the open conversation shows them. */
const test = suite('trust');
const ID = 'noorAAAAAAAAAAAAAAAAAA' as ConversationId;
const ME = 'maraAAAAAAAAAAAAAAAAAA' as AccountId;
const NOOR = 'noorAAAAAAAAAAAAAAAAAA' as AccountId;
const DIGITS = '304165820771934026854412993370188526074127593850163946810237';

function details(identity: MemberDetails['identity'], changedAt: number | null = null): ConversationDetails {
  const devices = [{ id: 'd' as DeviceId, name: 'Phone', kind: 'device' as const, added: 0, isNew: false }];
  const common = { role: 'member' as const, devices, list: 'current' as const };
  return {
    conversation: ID,
    kind: 'direct',
    name: 'noor',
    sharesPast: false,
    members: [
      { ...common, person: { account: ME, username: 'mara' }, identity: 'unverified', changedAt: null },
      { ...common, person: { account: NOOR, username: 'noor' }, identity, changedAt },
    ],
    role: 'member',
    waitingForKeys: 0,
    overdueKeys: 0,
    pending: [],
    forked: false,
  };
}

function world() {
  const engine = new ManualEngine();
  const platform = testPlatform({ name: 'verify', id: ID, account: NOOR });
  const app = new AppViewModel({ engine, platform });
  engine.tell('session', {
    state: 'signed-in',
    account: ME,
    username: 'mara',
    email: 'mara@example.org',
  } as never);
  engine.answers.safetyNumber = () => ({ digits: DIGITS, scannable: 'CODE' });
  return { engine, platform, app };
}

test('U14 twelve groups of five; a match is kept', async () => {
  const { app, engine } = world();
  const model = new VerifyViewModel(app, ID, NOOR);
  engine.tell('details', details('unverified'));
  await settle();
  assert.is(model.groups.length, 12);
  assert.is(model.groups.join(''), DIGITS);
  await model.match();
  assert.equal(engine.asked.at(-1), { name: 'setVerified', input: { account: NOOR, verified: true } });
  assert.not(engine.names().includes('acceptIdentity'));
});

test('U14 a match of a changed key accepts it first; a new key is a new number', async () => {
  const { app, engine } = world();
  const model = new VerifyViewModel(app, ID, NOOR);
  engine.tell('details', details('verified'));
  await settle();
  const before = engine.names().filter((name) => name === 'safetyNumber').length;
  engine.tell('details', details('changed', 7));
  await settle();
  assert.is(engine.names().filter((name) => name === 'safetyNumber').length, before + 1);
  await model.match();
  assert.equal(engine.names().slice(-2), ['acceptIdentity', 'setVerified']);
});

test('U14 what was scanned decides: a match is verified, a mismatch is said and takes a mark away', async () => {
  const { app, engine } = world();
  const model = new VerifyViewModel(app, ID, NOOR);
  engine.tell('details', details('unverified'));
  await settle();
  model.setScanning(true);
  engine.answers.checkScanned = () => ({ result: 'mismatch' });
  await model.scanned('other');
  assert.match(model.warning ?? '', /^The two are not the same/);
  assert.not(engine.names().includes('setVerified'));
  engine.answers.checkScanned = () => ({ result: 'not-a-code' });
  await model.scanned('https://example.org');
  assert.match(model.warning ?? '', /^This is not a Sotto code/);
  engine.answers.checkScanned = () => ({ result: 'match' });
  await model.scanned('CODE');
  assert.is(engine.names().at(-1), 'checkScanned', 'it decides itself about a changed key');
  assert.is(model.warning, null);
  engine.tell('details', details('verified'));
  await model.noMatch();
  assert.equal(engine.asked.at(-1)?.input, { account: NOOR, verified: false });
});

test('U14 the bar says verified, or that the key changed, and leads to the number', () => {
  const { engine, platform } = world();
  const bar = new ConversationBarViewModel({ engine, platform }, ID, ME);
  engine.tell('details', details('unverified'));
  assert.is(bar.subtitle, null);
  engine.tell('details', details('verified'));
  assert.is(bar.subtitle?.kind, 'verified');
  engine.tell('details', details('changed', 7));
  assert.equal(bar.subtitle, {
    kind: 'warning',
    text: 'Account key changed',
    path: `/c/${ID}/verify/${NOOR}`,
  });
  engine.tell('details', { ...details('verified'), forked: true });
  assert.is(bar.subtitle?.text, 'Members are shown different histories');
});

function timeline(more: Partial<TimelineSnapshot>): TimelineSnapshot {
  return {
    conversation: ID,
    items: [],
    hasOlder: false,
    unreadFrom: null,
    unread: 0,
    draft: 'half a thought',
    kind: 'direct',
    name: 'noor',
    peer: { account: NOOR, username: 'noor' },
    members: 2,
    standing: 'accepted',
    member: true,
    held: null,
    gone: false,
    ...more,
  };
}

test('U14 a changed key holds the conversation until a person decides; the draft stays', async () => {
  const { engine, platform } = world();
  const model = new ConversationViewModel({ engine, platform }, ID, ME);
  const since = platform.clock.now() - 120_000;
  engine.tell('timeline', timeline({ held: { person: { account: NOOR, username: 'noor' }, since } }));
  assert.is(model.foot, 'held');
  assert.is(model.held?.title, 'noor’s account key changed today at 10:58.');
  assert.is(model.held?.comparePath, `/c/${ID}/verify/${NOOR}`);
  await model.goOn();
  assert.equal(engine.asked.at(-1), { name: 'acceptIdentity', input: { account: NOOR, since } });
  engine.tell('timeline', timeline({}));
  assert.is(model.foot, 'composer');
  assert.is(model.composer.text, 'half a thought');
});

test('U11 who is no longer in a group reads why, in place of the composer', () => {
  const { engine, platform } = world();
  const model = new ConversationViewModel({ engine, platform }, ID, ME);
  const out = (by: AccountId, username: string, change: object) =>
    engine.tell(
      'timeline',
      timeline({
        kind: 'group',
        member: false,
        items: [{ kind: 'change', id: 'c', at: 0, by: { account: by, username }, change } as never],
      }),
    );
  out(NOOR, 'noor', { type: 'removed', people: [{ account: ME, username: 'mara' }] });
  assert.is(model.foot, 'not-member');
  assert.match(model.farewell, /^noor removed you from this group/);
  out(ME, 'mara', { type: 'left' });
  assert.match(model.farewell, /^You left this group/);
  out(NOOR, 'noor', { type: 'left' });
  assert.match(model.farewell, /^You were removed from this group/);
});

test('U11 a group needs a name and somebody in it; a name left in the field is meant too', async () => {
  const { app, engine, platform } = world();
  const model = new NewGroupViewModel(app);
  assert.is(await model.submit(), 'group-name');
  model.name = 'Boats';
  assert.is(await model.submit(), 'username');
  engine.answers.lookUp = () => ({ account: NOOR, username: 'noor' });
  engine.answers.createGroup = () => ({ conversation: ID });
  model.picker.username = '@Noor';
  model.setSharesPast(true);
  assert.is(await model.submit(), null);
  assert.equal(engine.asked.find(({ name }) => name === 'lookUp')?.input, { username: 'noor' });
  assert.equal(engine.asked.at(-1), {
    name: 'createGroup',
    input: { name: 'Boats', people: [NOOR], sharesPast: true },
  });
  assert.is(platform.history.at(-1), `/c/${ID}`);
});

test('a group is drawn by the first letters of its words', () => {
  const initials = (name: string) => groupAvatarOf({ id: 'x', name }).initials;
  assert.is(initials('Harbour workshop'), 'Hw');
  assert.is(initials('boats'), 'Bo');
  assert.is(initials('Allotment 14'), 'A1');
  assert.is(initials('שלום עולם'), 'שע');
  assert.is(initials('…'), '?');
});

test.run();
