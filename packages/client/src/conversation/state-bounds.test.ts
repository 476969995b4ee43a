import { toBase64url } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { permutations } from './arrival-orders.js';
import { isSaidAsMember, type Said } from './departures.js';
import { group, laptop, people, phone, type Somebody, story } from './group-fixture.js';
import type { FeedEnd } from './state-body.js';
import { foldState } from './state-fold.js';
import type { VerifiedStateEvent } from './state-signature.js';

/** What a device says that its account's list names no more. */
const test = suite('bounds of removed devices');
const [ada, ben, cyd] = people;
const HASH = new Uint8Array(16).fill(5);

const end = (of: Somebody, seq: number, generation = 1): FeedEnd => ({
  ...{ device: of.device, generation, seq },
  hash: HASH,
});

function counts(events: readonly VerifiedStateEvent[], of: Somebody, seq: number, more: Partial<Said> = {}) {
  const said = { account: of.account, device: of.device, generation: 1, epoch: 0, seq, hash: HASH };
  const found = permutations(events).map((order) =>
    isSaidAsMember(foldState(group, order).state!, { ...said, ...more }),
  );
  assert.is(new Set(found).size, 1, 'in any order');
  return found[0];
}

function why(events: readonly VerifiedStateEvent[], of: VerifiedStateEvent): string {
  const found = permutations(events).map(
    (order) => foldState(group, order).refused.get(toBase64url(of.hash)) ?? 'holds',
  );
  assert.is(new Set(found).size, 1, 'in any order');
  return found[0]!;
}

/** What becomes of a bound by the lists that are known. */
async function proof(write: Promise<VerifiedStateEvent>): Promise<string> {
  const { event, pending } = await write;
  if (event.type === 'bound') return 'holds';
  return pending ? 'pending' : 'no effect';
}

test('X12 what a device said counts as far as its bound names it, in whatever epoch it says that it is', async () => {
  const { create, by } = await story();
  const bound = await by(ben, [create]).bound([laptop], [end(laptop, 4), end(laptop, 7, 3)]);
  assert.is(counts([create], laptop, 9), true, 'before, everything');
  assert.is(counts([create, bound], laptop, 4), true);
  assert.is(counts([create, bound], laptop, 5), false);
  assert.is(counts([create, bound], laptop, 5, { epoch: 3 }), false);
  assert.is(counts([create, bound], laptop, 7, { generation: 3 }), true);
  assert.is(
    counts([create, bound], laptop, 0, { generation: 2 }),
    false,
    'nothing of a feed that it does not name',
  );
  assert.is(counts([create, bound], ben, 99), true, 'others of the account go on');
});

test('X12 the end of a feed is the very event that was there', async () => {
  const { create, by } = await story();
  const bound = await by(ben, [create]).bound([laptop], [end(laptop, 4)]);
  const other = { hash: new Uint8Array(16).fill(6) };
  assert.is(counts([create, bound], laptop, 4, other), false);
  const unknown = { ...end(laptop, 4), hash: new Uint8Array(16) };
  const without = await by(ben, [create]).bound([laptop], [unknown]);
  assert.is(counts([create, without], laptop, 4, other), true);
});

test('X12 of several bounds of one device all hold', async () => {
  const { create, by } = await story();
  const wide = await by(ben, [create]).bound([laptop], [end(laptop, 8), end(laptop, 2, 2)]);
  const narrow = await by(ben, [create]).bound([laptop, phone], [end(laptop, 3), end(phone, 1)]);
  const events = [create, wide, narrow];
  assert.is(counts(events, laptop, 3), true);
  assert.is(counts(events, laptop, 4), false);
  assert.is(counts(events, laptop, 2, { generation: 2 }), false);
  assert.is(counts(events, phone, 1), true);
});

test('X11 only an account bounds its devices, by one that stayed when they had left', async () => {
  const { create, by } = await story();
  const at = by(ben, [create]);
  const beside = await at.rename('Beside');
  assert.is(await proof(at.bound([laptop], [])), 'holds');
  assert.is(await proof(by(ada, [create]).bound([laptop], [])), 'no effect', 'of another account');
  assert.is(await proof(at.bound([ben], [])), 'no effect', 'a device on the list');
  assert.is(await proof(at.bound([laptop], [], 4)), 'no effect', 'by a list that names it');
  assert.is(await proof(at.bound([laptop], [], 8)), 'pending', 'by a list to come');
  assert.is(await proof(by(laptop, [create]).bound([phone], [], 4)), 'holds', 'while it was on the list');
  assert.is(await proof(by(laptop, [create]).bound([phone], [], 5)), 'no effect', 'after it had left');
  assert.is(await proof(by(phone, [create]).bound([laptop], [], 5)), 'no effect');
  assert.is(await proof(by(phone, [create]).bound([laptop], [], 2)), 'no effect');
  const pending = await at.bound([laptop], [], 8);
  const after = await by(ada, [pending, beside]).rename('After');
  assert.is(counts([create, beside, pending, after], laptop, 99), true);
  assert.is(foldState(group, [create, beside, pending, after]).state!.name, 'After', 'it holds nobody up');
});

test('X12 state of a bounded device that the bound does not know of is void, and nothing of it may come after', async () => {
  const { create, by } = await story();
  const before = await by(laptop, [create]).rename('Before');
  const bound = await by(ben, [before]).bound([laptop], []);
  const beside = await by(laptop, [before]).rename('Beside');
  const after = await by(laptop, [bound]).rename('After');
  const events = [create, before, bound, beside, after];
  assert.is(why(events, before), 'holds');
  assert.is(why(events, beside), 'void');
  assert.is(why(events, after), 'device-gone');
  assert.is(foldState(group, events).state!.name, 'Before');
  const out = await by(laptop, [before]).remove(cyd);
  assert.is(
    why([create, before, bound, out], out),
    'holds',
    'what takes power away holds beside what does so too',
  );
});

test('X12 a bound by a device that is bounded itself holds where the later bound knew of it', async () => {
  const { create, by } = await story();
  const honest = await by(laptop, [create]).bound([phone], [end(phone, 6)], 3);
  const bound = await by(ben, [honest]).bound([laptop], []);
  const backdated = await by(laptop, [create]).bound([phone], [], 3);
  const events = [create, honest, bound, backdated];
  assert.is(why(events, backdated), 'void');
  assert.is(why(events, honest), 'holds');
  assert.is(counts(events, phone, 6), true);
  assert.is(counts(events, phone, 7), false);
});

test('X12 a bound is for whoever is in, an admin or not; one made by somebody who was taken out meanwhile holds', async () => {
  const { create, by } = await story();
  const out = await by(ada, [create]).remove(ben);
  const bound = await by(ben, [create]).bound([laptop], [end(laptop, 2)]);
  const after = await by(ben, [out]).bound([laptop], []);
  assert.is(why([create, out, bound], bound), 'holds');
  assert.is(why([create, out, after], after), 'not-a-member');
});

test('X12 the state key of an epoch is none that only a bounded device brought', async () => {
  const { create, by } = await story();
  const bound = await by(ben, [create]).bound([laptop], []);
  const stolen = await by(laptop, [create]).epoch(1);
  assert.ok(foldState(group, [create, stolen]).state!.keyId);
  const { epoch, keyId } = foldState(group, [create, stolen, bound]).state!;
  assert.equal([epoch, keyId], [1, null], 'the next epoch is begun first');
  const next = await by(ben, [stolen, bound]).epoch(2);
  assert.ok(foldState(group, [create, stolen, bound, next]).state!.keyId);
  const own = await by(ada, [bound]).epoch(1);
  const fold = foldState(group, [create, stolen, bound, own]);
  assert.equal(fold.state!.keyId, own.event.type === 'epoch' ? own.event.body.key.id : undefined);
  assert.ok(fold.forked === false);
});

test.run();
