import { createHash } from 'node:crypto';
import type { AccessChange, AccountId, ConversationId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { conversationKey, memberKey, memberPrefix } from '../keys.js';
import type { LevelStores } from '../open-level.js';
import { openLevelStores } from '../open-level.js';
import { codeOf } from '../testing/code-of.js';
import { TestMember } from '../testing/conversation.js';
import { contents, TestFeed } from '../testing/records.js';
import type { TemporaryFolder } from '../testing/temporary-folder.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { AccessLists } from './access-lists.js';
import type { Access } from './entitled.js';

interface Context {
  folder: TemporaryFolder;
  stores: LevelStores;
  lists: AccessLists;
  conversation: ConversationId;
  ada: TestMember;
  bob: TestMember;
  /** Ada is admin, Bob a member. */
  group: AccessChange;
}

const test = suite<Context>('access lists');

test.before.each(async (context) => {
  context.folder = await temporaryFolder();
  context.stores = await openLevelStores(context.folder.path);
  context.lists = new AccessLists(context.stores.log, context.stores.claims);
  context.conversation = randomId<ConversationId>();
  context.ada = new TestMember(context.conversation, 1);
  context.bob = new TestMember(context.conversation, 2);
  context.group = { kind: 'group', members: [context.ada.as('admin'), context.bob.as('member')] };
});
test.after.each(async ({ folder, lists, stores }) => {
  lists.close();
  await stores.close();
  await folder.remove();
});

const everything = new Map<number, number>();

test('W7 creating makes the first list and stores its record', async ({
  lists,
  stores,
  conversation,
  ada,
  group,
}) => {
  assert.is(await lists.current(conversation), undefined);
  const made = await lists.advance(ada.request(0, group, 0, 1));
  assert.equal(made, { conversation, counter: 1, ...group });
  assert.equal(await lists.current(conversation), made);
  const stored = await stores.log.read(ada.feed.document, everything);
  assert.equal(contents(stored), contents(ada.feed.records(0, 2)));
});

test('W7 each change raises the counter by one and replaces the list', async ({
  lists,
  conversation,
  ada,
  bob,
  group,
}) => {
  await lists.advance(ada.request(0, group, 0));
  const alone = { kind: 'group', members: [ada.as('admin')] } as const;
  assert.is((await lists.advance(bob.request(1, group, 0))).counter, 2);
  assert.is((await lists.advance(ada.request(2, alone, 1))).counter, 3);
  assert.equal(await lists.current(conversation), { conversation, counter: 3, ...alone });
});

test('W7 what was decided is there for another reader and after reopening', async ({
  folder,
  lists,
  stores,
  conversation,
  ada,
  group,
}) => {
  const made = await lists.advance(ada.request(0, group, 0));
  const other = new AccessLists(stores.log, stores.claims);
  assert.equal(await other.current(conversation), made);
  other.close();
  await stores.close();
  const again = await openLevelStores(folder.path);
  const reread = new AccessLists(again.log, again.claims);
  assert.equal(await reread.current(conversation), made);
  assert.equal(await reread.of(ada.account), [{ conversation, counter: 1 }]);
  await again.close();
});

test('S6 another counter is stale, and nothing is written', async ({ lists, stores, ada, bob, group }) => {
  assert.is(await codeOf(() => lists.advance(ada.request(1, group, 0))), 'sync/stale');
  await lists.advance(ada.request(0, group, 0));
  assert.is(await codeOf(() => lists.advance(bob.request(0, group, 0))), 'sync/stale');
  assert.is(await codeOf(() => lists.advance(bob.request(2, group, 0))), 'sync/stale');
  assert.is((await stores.log.read(ada.feed.document, everything)).length, 1);
});

test('W7 a stale change is stale even where it would be forbidden', async ({
  lists,
  conversation,
  ada,
  bob,
}) => {
  const by = (admin: TestMember, member: TestMember): AccessChange => ({
    kind: 'group',
    members: [admin.as('admin'), member.as('member')],
  });
  await lists.advance(ada.request(0, by(ada, bob), 0));
  assert.is(await codeOf(() => lists.advance(bob.request(0, by(bob, ada), 0))), 'sync/stale');
  assert.is((await lists.current(conversation))?.counter, 1);
});

test('A4 a direct conversation has the id of its two people, so nobody else can take it', async ({
  lists,
  ada,
  bob,
}) => {
  const direct: AccessChange = { kind: 'direct', members: [ada.as('admin'), bob.as('admin')] };
  assert.is(await codeOf(() => lists.advance(ada.request(0, direct, 0))), 'auth/forbidden');
  const ids = [ada, bob].map(({ account }) => Buffer.from(account, 'base64url')).sort(Buffer.compare);
  const hash = createHash('sha256').update('Sotto direct v1').update(Buffer.concat(ids)).digest();
  const theirs = hash.subarray(0, 16).toString('base64url') as ConversationId;
  const again = new TestMember(theirs, 1, ada.account);
  assert.is((await lists.advance(again.request(0, direct, 0))).counter, 1);
});

test('W7 repeating a change that was made answers as the first time', async ({
  lists,
  stores,
  ada,
  bob,
  group,
}) => {
  const request = ada.request(0, group, 0);
  const first = await lists.advance(request);
  assert.equal(await lists.advance(request), first);
  await lists.advance(bob.request(1, group, 0));
  assert.equal(await lists.advance(request), first, 'also once others came');
  assert.is((await stores.log.read(ada.feed.document, everything)).length, 2);
  const twice = ada.request(2, group, 1);
  const answers = await Promise.all([lists.advance(twice), lists.advance(twice), lists.advance(twice)]);
  assert.equal(
    answers.map(({ counter }) => counter),
    [3, 3, 3],
  );
});

test('W7 of 50 rivals for one counter one wins, and only its record is stored', async ({
  lists,
  stores,
  conversation,
  ada,
}) => {
  const members = Array.from({ length: 50 }, (_, n) => new TestMember(conversation, 100 + n));
  const crowd: AccessChange = {
    kind: 'group',
    members: [ada.as('admin'), ...members.map((m) => m.as('member'))],
  };
  await lists.advance(ada.request(0, crowd, 0));
  const codes = await Promise.all(
    members.map((member) => codeOf(() => lists.advance(member.request(1, crowd, 0)))),
  );
  assert.is(codes.filter((code) => code === undefined).length, 1);
  assert.is(codes.filter((code) => code === 'sync/stale').length, 49);
  const winner = members[codes.indexOf(undefined)]!;
  const stored = await stores.log.read(ada.feed.document, everything);
  assert.equal(contents(stored), contents([ada.feed.record(0), winner.feed.record(0)]));
  assert.is((await lists.current(conversation))?.counter, 2);
});

test('W7 of rivals on two servers one wins', async ({ lists, stores, conversation, ada, bob, group }) => {
  const other = new AccessLists(stores.log, stores.claims);
  await lists.advance(ada.request(0, group, 0));
  await other.current(conversation);
  const codes = await Promise.all([
    codeOf(() => lists.advance(ada.request(1, group, 1))),
    codeOf(() => other.advance(bob.request(1, group, 0))),
  ]);
  assert.equal(codes.sort(), ['sync/stale', undefined]);
  assert.equal(await lists.current(conversation), await other.current(conversation));
  other.close();
});

test('A4 who is not entitled is refused, and nothing is written', async ({
  lists,
  stores,
  conversation,
  ada,
  bob,
  group,
}) => {
  const cyd = new TestMember(conversation, 3);
  const withCyd: AccessChange = { kind: 'group', members: [...group.members, cyd.as('member')] };
  assert.is(await codeOf(() => lists.advance(cyd.request(0, group, 0))), 'auth/forbidden');
  await lists.advance(ada.request(0, group, 0));
  assert.is(await codeOf(() => lists.advance(bob.request(1, withCyd, 0))), 'auth/forbidden');
  assert.is(await codeOf(() => lists.advance(cyd.request(1, withCyd, 0))), 'auth/forbidden');
  assert.is(
    await codeOf(() => lists.advance(cyd.request(0, withCyd, 0))),
    'auth/forbidden',
    'no hint that it exists',
  );
  assert.equal(await stores.claims.list({ prefix: memberPrefix(cyd.account) }), []);
  assert.is((await stores.log.read(ada.feed.document, everything)).length, 1);
  assert.is((await lists.current(conversation))?.counter, 1);
});

test('A4 W7 a member goes; where that leaves no admin the founder comes back, and nobody else does', async ({
  lists,
  conversation,
  ada,
  bob,
  group,
}) => {
  const cyd = new TestMember(conversation, 3);
  await lists.advance(ada.request(0, group, 0));
  const alone: AccessChange = { kind: 'group', members: [bob.as('member')] };
  await lists.advance(ada.request(1, alone, 1));
  const withCyd: AccessChange = { kind: 'group', members: [bob.as('member'), cyd.as('admin')] };
  assert.is(await codeOf(() => lists.advance(cyd.request(2, withCyd, 0))), 'auth/forbidden');
  const back: AccessChange = { kind: 'group', members: [bob.as('member'), ada.as('admin')] };
  assert.is((await lists.advance(ada.request(2, back, 2))).counter, 3);
  const gone: AccessChange = { kind: 'group', members: [ada.as('admin')] };
  assert.is((await lists.advance(bob.request(3, gone, 0))).counter, 4);
  assert.is(await codeOf(() => lists.advance(bob.request(4, back, 1))), 'auth/forbidden');
});

test('S4 S5 records that do not fit the log decide nothing', async ({
  lists,
  stores,
  conversation,
  ada,
  group,
}) => {
  assert.is(await codeOf(() => lists.advance(ada.request(0, group, 1))), 'sync/gap');
  assert.is(await codeOf(() => lists.advance(ada.request(0, group, 0, 2))), 'sync/gap');
  const twins = [ada.feed.record(0), ada.feed.record(0, 'other')];
  assert.is(await codeOf(() => lists.advance(ada.requestWith(0, group, twins))), 'sync/fork');
  assert.is(await lists.current(conversation), undefined);
  await lists.advance(ada.request(0, group, 0));
  const fork = ada.requestWith(1, group, [ada.feed.record(0, 'other')]);
  assert.is(await codeOf(() => lists.advance(fork)), 'sync/fork');
  assert.is(await stores.claims.get(conversationKey(conversation, 2)), undefined);
  assert.is((await lists.advance(ada.request(1, group, 0, 1))).counter, 2, 'one that is there already fits');
});

test('W7 the records must be of the state log of that conversation', async ({ lists, ada, group }) => {
  assert.is(await codeOf(() => lists.advance(ada.requestWith(0, group, []))), 'sync/grammar');
  const messages = ada.feed.document.replace(/^s/, 'm') as typeof ada.feed.document;
  const elsewhere = [messages, new TestMember(randomId<ConversationId>(), 1).feed.document];
  for (const document of elsewhere) {
    const records = [new TestFeed(document, 1).record(0)];
    assert.is(await codeOf(() => lists.advance(ada.requestWith(0, group, records))), 'sync/grammar');
    const mixed = [ada.feed.record(0), ...records];
    assert.is(await codeOf(() => lists.advance(ada.requestWith(0, group, mixed))), 'sync/grammar');
  }
});

test('W2 an account finds its conversations, and not those it was removed from', async ({
  lists,
  stores,
  conversation,
  ada,
  bob,
  group,
}) => {
  await lists.advance(ada.request(0, group, 0));
  const second = randomId<ConversationId>();
  const ada2 = new TestMember(second, 1, ada.account);
  await lists.advance(ada2.request(0, { kind: 'group', members: [ada2.as('admin')] }, 0));
  const sorted = async (account: AccountId) =>
    (await lists.of(account)).map(({ conversation: id, counter }) => `${id} ${counter}`).sort();
  assert.equal(await sorted(ada.account), [`${conversation} 1`, `${second} 1`].sort());
  assert.equal(await sorted(bob.account), [`${conversation} 1`]);
  assert.equal(await sorted(randomId<AccountId>()), []);

  await lists.advance(ada.request(1, { kind: 'group', members: [ada.as('admin')] }, 1));
  assert.equal(await sorted(bob.account), []);
  await lists.advance(ada.request(2, group, 2));
  assert.equal(await sorted(bob.account), [`${conversation} 3`], 'and again once they are back');
  assert.is((await stores.claims.list({ prefix: memberKey(bob.account, conversation) })).length, 1);
});

test('S10 watchers are told of every change once, with the list before', async ({
  lists,
  stores,
  ada,
  bob,
  group,
}) => {
  const told: [number, number | undefined][] = [];
  const elsewhere: [number, number | undefined][] = [];
  const note = (into: typeof told) => (access: Access, before: Access | undefined) => {
    into.push([access.counter, before?.counter]);
  };
  const other = new AccessLists(stores.log, stores.claims, { remembered: 1 });
  const leave = lists.watch(note(told));
  other.watch(note(elsewhere));
  await lists.advance(ada.request(0, group, 0));
  await codeOf(() => lists.advance(ada.request(0, group, 1)));
  await lists.advance(bob.request(1, group, 0));
  await other.current(randomId<ConversationId>());
  await lists.advance(ada.request(2, group, 1));
  assert.equal(told, [
    [1, undefined],
    [2, 1],
    [3, 2],
  ]);
  // The other had nothing in memory at the first and the third: it had to read.
  while (elsewhere.length < 3) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(elsewhere, [
    [1, undefined],
    [2, 1],
    [3, 2],
  ]);
  leave();
  await lists.advance(ada.request(3, group, 2));
  assert.is(told.length, 3);
  other.close();
});

test('S10 a list in memory follows changes made elsewhere', async ({
  lists,
  stores,
  conversation,
  ada,
  group,
}) => {
  const other = new AccessLists(stores.log, stores.claims);
  await other.advance(ada.request(0, group, 0));
  assert.is((await lists.current(conversation))?.counter, 1);
  await other.advance(ada.request(1, { kind: 'group', members: [ada.as('admin')] }, 1));
  assert.equal((await lists.current(conversation))?.members, [ada.as('admin')]);
  other.close();
});

test('what is not remembered is read again', async ({ stores, conversation, ada, group }) => {
  const lists = new AccessLists(stores.log, stores.claims, { remembered: 2 });
  const made = await lists.advance(ada.request(0, group, 0));
  for (let n = 0; n < 5; n += 1) await lists.current(randomId<ConversationId>());
  assert.equal(await lists.current(conversation), made);
  lists.close();
});

test.run();
