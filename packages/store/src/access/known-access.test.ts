import type { AccessChange, ConversationId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Claim } from '../claims/claim-store.js';
import { conversationKey } from '../keys.js';
import type { LevelStores } from '../open-level.js';
import { openLevelStores } from '../open-level.js';
import { codeOf } from '../testing/code-of.js';
import { TestMember } from '../testing/conversation.js';
import type { TemporaryFolder } from '../testing/temporary-folder.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { KnownAccess } from './known-access.js';
import { encodeStateClaim } from './state-claim.js';

interface Context {
  folder: TemporaryFolder;
  stores: LevelStores;
  known: KnownAccess;
  told: [number, number | undefined][];
  conversation: ConversationId;
  /** Claims of counters 1 to 3, made while nobody listened. */
  claims: Claim[];
}

/** A change feed may bring claims late, twice, and out of order. */
const test = suite<Context>('known access');

test.before.each(async (context) => {
  context.folder = await temporaryFolder();
  context.stores = await openLevelStores(context.folder.path);
  context.conversation = randomId<ConversationId>();
  const member = new TestMember(context.conversation, 1);
  const change: AccessChange = { kind: 'group', members: [member.as('admin')] };
  context.claims = [];
  for (const counter of [1, 2, 3]) {
    const body = encodeStateClaim(member.request(counter - 1, change, counter - 1));
    context.claims.push(
      await context.stores.claims.own(conversationKey(context.conversation, counter), body),
    );
  }
  context.known = new KnownAccess(context.stores.claims, 100);
  context.told = [];
  context.known.watch((access, before) => context.told.push([access.counter, before?.counter]));
});
test.after.each(async ({ folder, stores, known }) => {
  known.close();
  await stores.close();
  await folder.remove();
});

const settled = async (told: readonly unknown[], count: number) => {
  while (told.length < count) await new Promise((resolve) => setImmediate(resolve));
};

test('an old claim never brings an old list back', async ({ known, conversation, claims, told }) => {
  assert.is((await known.of(conversation)).access?.counter, 3);
  for (const claim of claims) known.learn(claim);
  assert.is((await known.of(conversation)).access?.counter, 3);
  await settled(told, 1);
  assert.equal(told, [[3, 2]], 'the list that counts is told, once');
});

test('S10 of a conversation not in memory the list that counts is told, whichever claim came', async ({
  known,
  conversation,
  claims,
  told,
}) => {
  known.learn(claims[0]!);
  known.learn(claims[2]!);
  known.learn(claims[2]!);
  known.learn(claims[1]!);
  await settled(told, 1);
  assert.is((await known.of(conversation)).access?.counter, 3);
  assert.equal(told, [[3, 2]]);
});

test('S10 a claim that was read before it was told is still told', async ({
  known,
  conversation,
  claims,
  told,
}) => {
  await known.of(conversation);
  known.learn(claims[2]!);
  await settled(told, 1);
  assert.equal(told, [[3, 2]]);
});

test('S10 a change is told even when the store cannot be read', async ({ known, stores, claims, told }) => {
  await stores.close();
  known.learn(claims[2]!);
  await settled(told, 1);
  assert.equal(told, [[3, undefined]]);
});

test('S9 a change that is none, or is under no key of ours, ends nothing; what it would have decided is refused, never decided by the one before', async ({
  stores,
  known,
  conversation,
  told,
}) => {
  assert.is((await known.of(conversation)).access?.counter, 3);
  await stores.claims.own(conversationKey(conversation, 4), Uint8Array.of(1, 2, 3));
  await stores.claims.own('conversation:nonsense:000000000001', Uint8Array.of(1));
  await stores.claims.own('conversation:nonsense', Uint8Array.of(1));
  assert.is(await codeOf(() => known.of(conversation)), 'sync/store-unavailable');
  const other = randomId<ConversationId>();
  const member = new TestMember(other, 1);
  const request = member.request(0, { kind: 'group', members: [member.as('admin')] }, 0);
  await stores.claims.own(conversationKey(other, 1), encodeStateClaim(request));
  await settled(told, 1);
  assert.equal(told, [[1, undefined]]);
  assert.is((await known.of(other)).access?.counter, 1);
});

test('S10 a conversation that is slow to read keeps no change of another from being told', async ({
  stores,
  conversation,
  claims,
}) => {
  let release = () => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { claims: real } = stores;
  const lists = new KnownAccess(
    {
      ...{
        claim: real.claim,
        confirm: real.confirm,
        release: real.release,
        own: real.own,
        remove: real.remove,
        erase: real.erase,
      },
      ...{ watch: real.watch.bind(real), get: real.get.bind(real) },
      list: async (range) => {
        if (range.prefix.includes(conversation)) await slow;
        return real.list(range);
      },
    },
    100,
  );
  const told: string[] = [];
  lists.watch((access) => told.push(access.conversation));
  lists.learn(claims.at(-1)!);
  const other = randomId<ConversationId>();
  const member = new TestMember(other, 1);
  for (const counter of [1, 2]) {
    const request = member.request(
      counter - 1,
      { kind: 'group', members: [member.as('admin')] },
      counter - 1,
    );
    await real.own(conversationKey(other, counter), encodeStateClaim(request));
  }
  await settled(told, 2);
  assert.equal(told, [other, other]);
  release();
  await settled(told, 3);
  assert.is(told[2], conversation);
  lists.close();
});

test.run();
