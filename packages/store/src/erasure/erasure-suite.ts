import { randomBytes } from 'node:crypto';
import type { AccessChange, AccountId, ConversationId } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AccessLists } from '../access/access-lists.js';
import type { ClaimStore } from '../claims/claim-store.js';
import { conversationPrefix, memberPrefix } from '../keys.js';
import type { LogStore } from '../log/log-store.js';
import { codeOf } from '../testing/code-of.js';
import { TestMember } from '../testing/conversation.js';
import { eventually } from '../testing/eventually.js';
import { MortalStores } from '../testing/mortal-stores.js';
import { TestFeed } from '../testing/records.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { conversationParts } from './conversation-parts.js';
import { ErasureRunner } from './erasure-runner.js';
import { ERASURE_ORDERS, erasureName, erasureProgress, orderErasure } from './orders.js';

/** Stores of two servers over the same data. */
export interface ErasureHarness {
  readonly here: { readonly log: LogStore; readonly claims: ClaimStore };
  readonly there: { readonly log: LogStore; readonly claims: ClaimStore };
  destroy(): Promise<void>;
}

interface Context {
  harness: ErasureHarness;
  clock: { now: number };
}

/** Longer than any lease. */
const LATER_MS = 300_000;
const nothing = new Map<number, number>();

/** A conversation of two people in which something was said, read and changed. */
async function begin({ log, claims }: ErasureHarness['here']) {
  const access = new AccessLists(log, claims);
  const id = randomId<ConversationId>();
  const [ada, bob] = [new TestMember(id, 1), new TestMember(id, 2)];
  const group: AccessChange = { kind: 'group', members: [ada.as('admin'), bob.as('member')] };
  await access.advance(ada.request(0, { kind: 'group', members: [ada.as('admin')] }, 0));
  await access.advance(ada.request(1, group, 1));
  for (const kind of ['m', 'r'] as const)
    await log.append(new TestFeed(documentName(logName(kind, id), 0), 9).records(0, 3));
  access.close();
  return { id, ada, bob, group };
}

type Conversation = Awaited<ReturnType<typeof begin>>;

function runnerOver(stores: ErasureHarness['here'], clock: { now: number }) {
  const access = new AccessLists(stores.log, stores.claims);
  const failures: string[] = [];
  const runner = new ErasureRunner(
    stores.claims,
    { account: [], conversation: conversationParts({ ...stores, access }) },
    {
      failed: (part, error) => void failures.push(`${part}: ${error}`),
      now: () => clock.now,
      settleMs: 0,
      sweepMs: 20,
    },
  );
  runner.start();
  return {
    failures,
    close: async () => {
      await runner.close();
      access.close();
    },
  };
}

/** Nothing of it is anywhere, and nobody begins it anew. */
async function assertGone({ log, claims }: ErasureHarness['here'], { id, ada, bob, group }: Conversation) {
  for (const kind of ['m', 'r', 's'] as const) {
    assert.equal(await log.read(documentName(logName(kind, id), 0), nothing), []);
    assert.equal(await log.head(logName(kind, id)), { segment: 0, count: 0 });
  }
  assert.equal(await claims.list({ prefix: conversationPrefix(id) }), []);
  for (const { account } of [ada, bob])
    assert.equal(await claims.list({ prefix: memberPrefix(account) }), []);
  assert.equal(await claims.list({ prefix: ERASURE_ORDERS }), []);
  const access = new AccessLists(log, claims);
  assert.is(await access.current(id), undefined);
  assert.is(await codeOf(() => access.advance(ada.request(0, group, 0))), 'sync/erased');
  assert.is(await codeOf(() => access.advance(bob.request(2, group, 0))), 'sync/erased');
  assert.is(await access.erasedKind(id), 'group');
  access.close();
}

/** What erasing must do whatever the store (SPEC O): registers the suite and runs it. */
export function erasureSuite(
  name: string,
  open: (now: () => number) => Promise<ErasureHarness>,
  options: { readonly crashes?: boolean } = {},
): void {
  const test = suite<Context>(`erasure: ${name}`);

  test.before.each(async (context) => {
    context.clock = { now: 1_700_000_000_000 };
    context.harness = await open(() => context.clock.now);
  });
  test.after.each(({ harness }) => harness.destroy());

  test('O1 O2 O4 an erased conversation is gone everywhere, and its progress says so', async ({
    harness,
    clock,
  }) => {
    const conversation = await begin(harness.here);
    const other = await begin(harness.here);
    const receipt = new Uint8Array(randomBytes(16));
    const order = { what: 'conversation', id: conversation.id } as const;
    assert.is(await erasureProgress(harness.there.claims, receipt), undefined);
    assert.is(await orderErasure(harness.here.claims, erasureName(receipt), order), true);
    assert.is(await orderErasure(harness.there.claims, erasureName(receipt), order), true, 'asked again');
    const wrong = { what: 'conversation', id: other.id } as const;
    assert.is(await orderErasure(harness.there.claims, erasureName(receipt), wrong), false);
    const asked = await erasureProgress(harness.there.claims, receipt);
    assert.equal(asked, { what: 'conversation', asked: clock.now, done: [], finished: false });
    const runner = runnerOver(harness.there, clock);
    await eventually(async () => (await erasureProgress(harness.here.claims, receipt))?.finished === true);
    await runner.close();
    assert.equal(runner.failures, []);
    const done = (await erasureProgress(harness.here.claims, receipt))!.done;
    const counts = Object.fromEntries(done.map(({ part, count }) => [part, count]));
    assert.equal(counts, {
      ...{ closed: 2, messages: 3, receipts: 3, state: 2, members: 2, attachments: 0 },
      ...{
        'messages-again': 0,
        'receipts-again': 0,
        'state-again': 0,
        'members-again': 0,
        'attachments-again': 0,
      },
      ...{ closing: 1, finished: 0 },
    });
    await assertGone(harness.here, conversation);
    await assertGone(harness.there, conversation);
    // Asked once more when all is done.
    assert.is(await orderErasure(harness.here.claims, erasureName(receipt), order), true);
    assert.equal(await harness.here.claims.list({ prefix: ERASURE_ORDERS }), []);
    const kept = new AccessLists(harness.here.log, harness.here.claims);
    assert.is((await kept.current(other.id))?.counter, 2);
    assert.is((await harness.here.log.head(logName('m', other.id))).count, 3);
    kept.close();
  });

  test('O2 every server hears that it is closed, and takes no more of it', async ({ harness }) => {
    const conversation = await begin(harness.here);
    const [here, there] = [harness.here, harness.there].map(
      ({ log, claims }) => new AccessLists(log, claims),
    );
    const told: boolean[] = [];
    there!.watch((access) => {
      if (access.conversation === conversation.id) told.push(access.erased === true);
    });
    assert.equal((await there!.current(conversation.id))?.counter, 2);
    assert.is(await here!.erase(conversation.id), 2);
    assert.is(await here!.erase(conversation.id), 0, 'again is free');
    await eventually(() => told.includes(true));
    assert.equal((await there!.current(conversation.id))?.members, []);
    const { ada, group } = conversation;
    assert.is(await codeOf(() => there!.advance(ada.request(3, group, 2))), 'sync/erased');
    assert.equal(await there!.of(ada.account), []);
    for (const lists of [here!, there!]) lists.close();
  });

  test('O3 an account that is gone is off the list, and nobody puts it back', async ({ harness }) => {
    const { id, ada, bob, group } = await begin(harness.here);
    const lists = new AccessLists(harness.here.log, harness.here.claims);
    const { markErased } = await import('../access/erased-ids.js');
    await markErased(harness.here.claims, bob.account, 'account');
    assert.equal((await lists.depart(id, bob.account))?.members, [ada.as('admin')]);
    assert.equal((await lists.depart(id, bob.account))?.counter, 3, 'again is free');
    const after = await lists.advance(ada.request(3, group, 2));
    assert.equal([after.counter, after.members], [4, [ada.as('admin')]]);
    assert.equal(await lists.advance(ada.request(3, group, 2)), after, 'and asked again');
    const eve = new TestMember(id, 7, randomId<AccountId>());
    const more: AccessChange = { kind: 'group', members: [...group.members, eve.as('member')] };
    assert.equal((await lists.advance(ada.request(4, more, 3))).members.length, 2);
    lists.close();
  });

  if (options.crashes)
    test('O5 broken off at any write, it is finished by whoever comes next', async ({ harness, clock }) => {
      let points = 0;
      const random = new SeededRandom(`erasure ${name}`);
      // Dying after a write is dying before the next one. Some of the points each time; all of them with CRASH=all.
      const step = () => (process.env.CRASH === 'all' ? 1 : 1 + random.int(5));
      for (let at = step(), died = true; died; at += step()) {
        const conversation = await begin(harness.here);
        const receipt = new Uint8Array(randomBytes(16));
        const order = { what: 'conversation', id: conversation.id } as const;
        await orderErasure(harness.here.claims, erasureName(receipt), order);
        const mortal = new MortalStores(harness.here, at);
        const first = runnerOver(mortal, clock);
        const isDone = async () => (await erasureProgress(harness.there.claims, receipt))?.finished === true;
        await eventually(async () => mortal.dead || (await isDone()));
        await first.close();
        died = mortal.dead;
        if (!died) break;
        points += 1;
        clock.now += LATER_MS;
        const second = runnerOver(harness.there, clock);
        await eventually(isDone);
        await second.close();
        await assertGone(harness.here, conversation);
      }
      process.stdout.write(`${points} crash points\n`);
      assert.ok(points >= 8, String(points));
    });

  test.run();
}
