import type { AccountId } from '@sotto/protocol';
import { toBase64url } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../crypto/seeded-random.js';
import { permutations, shuffles } from './arrival-orders.js';
import { isSaidAsMember } from './departures.js';
import { group, laptop, people, phone, type Somebody, story } from './group-fixture.js';
import { foldState, type StateFold } from './state-fold.js';
import type { VerifiedStateEvent } from './state-signature.js';

const test = suite('state of groups');
const [ada, ben, cyd, dan, eve] = people;

/** A fold as text, for comparing. */
function shown(fold: StateFold): string {
  return JSON.stringify(fold, (_, value) => {
    if (value instanceof Uint8Array) return toBase64url(value);
    if (value instanceof Set) return [...value].sort();
    if (value instanceof Map) return [...value].sort(([a], [b]) => (a < b ? -1 : 1));
    return value;
  });
}

/** Who is in, admins marked. */
function who(events: readonly VerifiedStateEvent[]): string {
  const { state } = foldState(group, events);
  const named = (account: AccountId) => people.find((somebody) => somebody.account === account)!.name;
  const list = state?.members.map(({ account, role }) => named(account) + (role === 'admin' ? '*' : ''));
  return list?.sort().join(' ') ?? 'nothing';
}

function why(events: readonly VerifiedStateEvent[], of: VerifiedStateEvent): string {
  return foldState(group, events).refused.get(toBase64url(of.hash)) ?? 'holds';
}

/** The same result in every order, and in every order of parts that were folded before. */
function inAnyOrder(events: readonly VerifiedStateEvent[]): string {
  const orders = events.length <= 6 ? permutations(events) : [...shuffles('group', events, 150)];
  const folds = new Set(orders.map((order) => shown(foldState(group, order))));
  const known = new Map();
  for (const order of orders.slice(0, 40))
    for (let count = 1; count <= order.length; count += 1) foldState(group, order.slice(0, count), known);
  folds.add(shown(foldState(group, events, known)));
  assert.is(folds.size, 1);
  return who(events);
}

test('X12 a group: created, somebody added, taken out, added again; roles, name and past', async () => {
  const { create, by } = await story();
  assert.is(who([create]), 'ada* ben* cyd');
  const state = foldState(group, [create]).state!;
  assert.equal([state.name, state.sharesPast, state.founder], ['Walkers', false, ada.account]);
  const added = await by(ada, [create]).add(dan);
  const out = await by(ben, [added]).remove(dan);
  const again = await by(ada, [out]).add(dan, 'admin');
  const renamed = await by(dan, [again]).rename('Swimmers');
  const open = await by(ben, [renamed]).past(true);
  const demoted = await by(ben, [open]).role(dan, 'member');
  const events = [create, added, out, again, renamed, open, demoted];
  assert.is(who(events.slice(0, 2)), 'ada* ben* cyd dan');
  assert.is(who(events.slice(0, 3)), 'ada* ben* cyd');
  assert.is(who(events.slice(0, 4)), 'ada* ben* cyd dan*');
  assert.is(inAnyOrder(events), 'ada* ben* cyd dan');
  const now = foldState(group, events).state!;
  assert.equal([now.name, now.sharesPast, now.epoch], ['Swimmers', true, 1]);
  assert.is(foldState(group, events).refused.size, 0);
});

test('X12 only admins add, take out, name, promote and open the past; any member leaves and begins epochs', async () => {
  const { create, by } = await story();
  const refused = [
    await by(cyd, [create]).add(dan),
    await by(cyd, [create]).remove(ben),
    await by(cyd, [create]).role(cyd, 'admin'),
    await by(cyd, [create]).rename('Mine'),
    await by(cyd, [create]).past(true),
  ];
  for (const event of refused) assert.is(why([create, event], event), 'not-an-admin');
  const stranger = await by(eve, [create]).epoch(1);
  assert.is(why([create, stranger], stranger), 'not-a-member');
  const next = await by(cyd, [create]).epoch(1);
  const left = await by(cyd, [next]).leave();
  assert.is(inAnyOrder([create, next, left, ...refused]), 'ada* ben*');
});

test('X12 what concerns nobody has no effect', async () => {
  const { create, by } = await story();
  const cases: [VerifiedStateEvent, string][] = [
    [await by(ada, [create]).add(ben), 'nobody-concerned'],
    [await by(ada, [create]).remove(dan), 'nobody-concerned'],
    [await by(ada, [create]).remove(ada), 'nobody-concerned'],
    [await by(ada, [create]).role(dan, 'admin'), 'nobody-concerned'],
    [await by(ada, [create]).removeIn(5, cyd), 'epoch-not-next'],
  ];
  for (const [event, reason] of cases) assert.is(why([create, event], event), reason);
});

test('X12 two admins take each other out: both are out, and the founder is back when nobody else is admin', async () => {
  const { create, by } = await story();
  const byAda = await by(ada, [create]).remove(ben);
  const byBen = await by(ben, [create]).remove(ada);
  assert.is(who([create, byAda]), 'ada* cyd');
  assert.is(who([create, byBen]), 'ben* cyd');
  assert.is(inAnyOrder([create, byAda, byBen]), 'ada* cyd', 'the founder breaks the lock-out');
  const on = await by(ada, [byAda, byBen]).role(cyd, 'admin');
  assert.is(inAnyOrder([create, byAda, byBen, on]), 'cyd*', 'and is out again once there is another admin');
});

test('X12 with a third admin both stay out', async () => {
  const { create, by } = await story();
  const promoted = await by(ada, [create]).role(cyd, 'admin');
  const byAda = await by(ada, [promoted]).remove(ben);
  const byBen = await by(ben, [promoted]).remove(ada);
  assert.is(inAnyOrder([create, promoted, byAda, byBen]), 'cyd*');
  const again = await by(cyd, [byAda, byBen]).add(ben);
  assert.is(inAnyOrder([create, promoted, byAda, byBen, again]), 'ben cyd*');
});

test('X12 a founder who was taken out in order is not back when the last admin goes', async () => {
  const { create, by } = await story();
  const out = await by(ben, [create]).remove(ada);
  const left = await by(ben, [out]).leave();
  assert.is(inAnyOrder([create, out, left]), 'cyd*', 'whoever was let in first leads');
});

test('X12 a founder who left is not back; of those let in at once the order of hashes decides', async () => {
  const { create, by } = await story();
  const more = await by(ada, [create]).add(dan);
  const gone = await by(ada, [more]).leave();
  const last = await by(ben, [gone]).leave();
  assert.is(inAnyOrder([create, more, gone, last]), 'cyd* dan', 'cyd was there before dan');
});

test('X12 a group without anybody stays so', async () => {
  const { create, by } = await story();
  const out = await by(ben, [create]).remove(ada);
  const out2 = await by(ben, [out]).remove(cyd);
  const left = await by(ben, [out2]).leave();
  assert.is(inAnyOrder([create, out, out2, left]), '');
});

test('X12 removing beats adding at the same time; who is added knowing of it is in', async () => {
  const { create, by } = await story();
  const added = await by(ada, [create]).add(dan);
  const out = await by(ben, [added]).remove(dan);
  const left = await by(dan, [added]).leave();
  const back = await by(ada, [left]).add(dan);
  assert.is(inAnyOrder([create, added, out, left, back]), 'ada* ben* cyd');
  const known = await by(ada, [back, out]).add(dan);
  assert.is(inAnyOrder([create, added, out, left, back, known]), 'ada* ben* cyd dan');
});

test('X12 acts of somebody who was taken out meanwhile are void, and what rests on them', async () => {
  const { create, by } = await story();
  const out = await by(ada, [create]).remove(ben);
  const sock = await by(ben, [create]).add(eve, 'admin');
  const name = await by(eve, [sock]).rename('Eve and friends');
  const more = await by(eve, [name]).add(dan, 'admin');
  const events = [create, out, sock, name, more];
  assert.is(who([create, sock, name, more]), 'ada* ben* cyd dan* eve*', 'until the removal is known');
  assert.is(inAnyOrder(events), 'ada* cyd');
  for (const event of [sock, name, more]) assert.is(why(events, event), 'void');
  assert.is(foldState(group, events).state?.name, 'Walkers');
});

test('X12 a removal backdated by somebody taken out holds, and nothing else of his does', async () => {
  const { create, by } = await story();
  const out = await by(ada, [create]).remove(ben);
  const on = await by(ada, [out]).rename('Without Ben');
  const backdated = await by(ben, [create]).remove(cyd);
  const name = await by(ben, [backdated]).rename('With Ben');
  assert.is(inAnyOrder([create, out, on, backdated, name]), 'ada*');
  assert.is(foldState(group, [create, out, on, backdated, name]).state?.name, 'Without Ben');
  assert.ok(foldState(group, [create, out, on, backdated]).forked === false);
});

test('X12 whoever was taken out can write nothing afterwards', async () => {
  const { create, by } = await story();
  const out = await by(ada, [create]).remove(ben);
  const after = [
    await by(ben, [out]).remove(ada),
    await by(ben, [out]).add(ben),
    await by(ben, [out]).epoch(2),
    await by(ben, [out]).leave(),
  ];
  for (const event of after) assert.is(why([create, out, event], event), 'not-a-member');
  assert.is(inAnyOrder([create, out, ...after]), 'ada* cyd');
});

test('X12 two demote each other: both are ordinary members, the founder leads', async () => {
  const { create, by } = await story();
  const byAda = await by(ada, [create]).role(ben, 'member');
  const byBen = await by(ben, [create]).role(ada, 'member');
  assert.is(inAnyOrder([create, byAda, byBen]), 'ada* ben cyd');
  const promoted = await by(ada, [create]).role(cyd, 'admin');
  assert.is(
    inAnyOrder([create, byBen, promoted]),
    'ada ben* cyd',
    'what a demoted admin did meanwhile is void',
  );
});

test('X12 demoting beats promoting at the same time', async () => {
  const { create, by } = await story();
  const up = await by(ada, [create]).role(cyd, 'admin');
  const down = await by(ben, [create]).role(cyd, 'member');
  assert.is(inAnyOrder([create, up, down]), 'ada* ben* cyd');
  const later = await by(ada, [up, down]).role(cyd, 'admin');
  assert.is(inAnyOrder([create, up, down, later]), 'ada* ben* cyd*');
});

test('X12 of two names given at once one stands, in any order, and a later one after both', async () => {
  const { create, by } = await story();
  const one = await by(ada, [create]).rename('One');
  const two = await by(ben, [create]).rename('Two');
  inAnyOrder([create, one, two]);
  const name = foldState(group, [create, one, two]).state!.name;
  const lowest = toBase64url(one.hash) && [one, two].sort((a, b) => Buffer.compare(a.hash, b.hash))[0]!;
  assert.is(name, lowest === one ? 'One' : 'Two');
  const three = await by(ben, [one, two]).rename('Three');
  inAnyOrder([create, one, two, three]);
  assert.is(foldState(group, [create, one, two, three]).state!.name, 'Three');
});

test('X12 the past is shared only where nobody closed it at the same time', async () => {
  const { create, by } = await story();
  const open = await by(ada, [create]).past(true);
  const yes = await by(ada, [open]).past(true);
  const no = await by(ben, [open]).past(false);
  inAnyOrder([create, open, yes, no]);
  assert.is(foldState(group, [create, open, yes, no]).state!.sharesPast, false);
});

test('X12 an account key that a member accepted is known beside the first; who is added anew has the new one', async () => {
  const { create, by } = await story();
  const key = new Uint8Array(33).fill(9);
  const accepted = await by(cyd, [create]).identity(ben, key);
  inAnyOrder([create, accepted]);
  const identities = (events: readonly VerifiedStateEvent[]) =>
    foldState(group, events)
      .state!.members.find(({ account }) => account === ben.account)!
      .identities.map((identity) => toBase64url(identity));
  assert.equal(identities([create, accepted]), [toBase64url(ben.identity), toBase64url(key)]);
  const out = await by(ada, [accepted]).remove(ben);
  const back = await by(ada, [out]).add({ ...ben, identity: key });
  assert.equal(identities([create, accepted, out, back]), [toBase64url(key)]);
});

test('X12 a founder can not make the same group twice: the lowest creation stands, and what rests on the other is void', async () => {
  const { create, by, founding } = await story();
  const twin = await founding([ada, eve]);
  const [standing, other] = [create, twin].sort((a, b) => Buffer.compare(a.hash, b.hash));
  const named = await by(ada, [other!]).rename('Other');
  inAnyOrder([create, twin, named]);
  assert.is(why([create, twin, named], named), 'void');
  assert.is(who([create, twin, named]), who([standing!]));
});

test('X12 forks show: one counter twice, or a device that does not know of itself', async () => {
  const { create, by } = await story();
  const one = await by(ada, [create]).rename('One');
  const two = await by(ben, [create]).at(2).rename('Two');
  assert.is(foldState(group, [create, one]).forked, false);
  assert.is(foldState(group, [create, one, two]).forked, true);
  const own = await by(ada, [create]).at(7).rename('Seven');
  assert.is(foldState(group, [create, one, own]).forked, true);
});

test('X12 what was said counts up to where its author went, and not in epochs without him', async () => {
  const { create, by } = await story();
  const end = { device: ben.device, generation: 1, seq: 4, hash: new Uint8Array(16) };
  const out = await by(ada, [create]).removeWith([end], ben);
  const back = await by(ada, [out]).add(ben);
  const hash = new Uint8Array(16).fill(3);
  const said = { account: ben.account, device: ben.device, generation: 1, hash };
  const counts = (events: readonly VerifiedStateEvent[], epoch: number, seq: number, more = {}) =>
    isSaidAsMember(foldState(group, events).state!, { ...said, epoch, seq, ...more });
  assert.is(counts([create], 0, 9), true);
  assert.is(counts([create, out], 0, 4), true);
  assert.is(counts([create, out], 0, 5), false);
  assert.is(counts([create, out], 0, 3, { generation: 2 }), false);
  assert.is(counts([create, out], 1, 5), false);
  assert.is(counts([create, out, back], 1, 5), true);
  assert.is(counts([create, out, back], 0, 5), false);
  assert.is(counts([create, out], 0, 0, { account: eve.account }), false);
});

test('X12 property: random histories in partitions give one state, whoever hears what when', async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  process.stdout.write(`histories of groups: seed ${seed}\n`);
  const random = seededRandom(seed);
  for (let round = 0; round < 25; round += 1) {
    const events = await randomHistory(random);
    const expected = shown(foldState(group, events));
    for (const order of shuffles(`history ${round}`, events, 12, random.below(2 ** 32)))
      assert.is(shown(foldState(group, order)), expected);
    const known = new Map();
    for (let count = 1; count <= events.length; count += 1) foldState(group, events.slice(0, count), known);
    assert.is(shown(foldState(group, events, known)), expected);
    const state = foldState(group, events).state!;
    if (state.members.length > 0)
      assert.ok(
        state.members.some(({ role }) => role === 'admin'),
        'nobody leads',
      );
  }
});

/** Everybody acts on what reached them: some keep to themselves for a while. */
async function randomHistory(random: ReturnType<typeof seededRandom>): Promise<VerifiedStateEvent[]> {
  const { create, by } = await story();
  const all = [create];
  const heard = new Map<Somebody, VerifiedStateEvent[]>(people.map((somebody) => [somebody, [create]]));
  for (let step = 0; step < 16; step += 1) {
    const author = people[random.below(people.length)]!;
    const other = people[random.below(people.length)]!;
    const known = heard.get(author)!;
    const fold = foldState(group, known);
    const acts = by(author, fold.heads);
    const epoch = (fold.state?.epoch ?? 0) + 1;
    const choices = [
      () => acts.add(other, random.below(2) === 0 ? 'admin' : 'member'),
      () => acts.removeIn(epoch, other),
      () => acts.role(other, random.below(2) === 0 ? 'admin' : 'member'),
      () => acts.rename(`Name ${step}`),
      () => acts.leave(),
      () => acts.epoch(epoch),
      () => acts.identity(other, new Uint8Array(33).fill(step)),
      () => by(ben, fold.heads).bound([phone, laptop], [], 5 + random.below(3)),
      () => by(laptop, fold.heads).bound([phone], [], 3 + random.below(2)),
      () => by(random.below(2) === 0 ? phone : laptop, fold.heads).rename(`Old name ${step}`),
      () => by(phone, fold.heads).epoch(epoch),
    ];
    const event = await choices[random.below(choices.length)]!();
    all.push(event);
    known.push(event);
    for (const listener of people) {
      if (random.below(3) === 0) continue;
      const theirs = heard.get(listener)!;
      for (const news of known) if (!theirs.includes(news)) theirs.push(news);
    }
  }
  return all;
}

test.run();
