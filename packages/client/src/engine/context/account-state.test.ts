import type { AccountId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mutate, seededRandom } from '../../crypto/seeded-random.js';
import { AccountState, type Standing } from './account-state.js';
import { Registers } from './registers.js';

const test = suite('account state');
const random = seededRandom(Number(process.env.SEED ?? Date.now() % 0x7fffffff));
process.stdout.write(`account state: SEED=${random.seed}\n`);
const STANDINGS: readonly Standing[] = ['accepted', 'invited', 'declined', 'blocked'];
const people = Array.from({ length: 3 }, () => randomId<AccountId>());

function standings(state: AccountState) {
  return people.map((person) => state.standing(person) ?? null);
}

/** A few decisions of one device, each as its update. */
function decisions(state: AccountState, count: number): Uint8Array[] {
  const updates: Uint8Array[] = [];
  while (updates.length < count) {
    const person = people[random.below(people.length)]!;
    const update = state.setStanding(person, STANDINGS[random.below(STANDINGS.length)]!);
    if (update) updates.push(update);
  }
  return updates;
}

function permutations<T>(all: readonly T[]): T[][] {
  if (all.length < 2) return [[...all]];
  return all.flatMap((first, index) =>
    permutations([...all.slice(0, index), ...all.slice(index + 1)]).map((rest) => [first, ...rest]),
  );
}

test('U11: two devices that decide apart agree, whatever order their updates come in, and however often', () => {
  for (let round = 0; round < 3; round += 1) {
    const [laptop, phone] = [new AccountState(), new AccountState()];
    const [theirs, ours] = [decisions(laptop, 3), decisions(phone, 3)];
    for (const update of ours) laptop.apply(update);
    for (const update of theirs) phone.apply(update);
    const agreed = standings(laptop);
    assert.equal(standings(phone), agreed, `seed ${random.seed}`);
    for (const order of permutations([...theirs, ...ours])) {
      const third = new AccountState();
      for (const update of order) assert.ok(third.apply(update));
      third.apply(order[0]!);
      assert.equal(standings(third), agreed, `seed ${random.seed}`);
    }
  }
});

test('U11: of what one device decided about somebody, the last counts', () => {
  const state = new AccountState();
  const [person] = people as [AccountId];
  const updates = STANDINGS.map((standing) => state.setStanding(person, standing)!);
  assert.is(state.standing(person), 'blocked');
  const other = new AccountState();
  for (const update of updates.reverse()) other.apply(update);
  assert.is(other.standing(person), 'blocked');
});

test('U11: deciding what is decided already is nothing to tell', () => {
  const state = new AccountState();
  const [person] = people as [AccountId];
  assert.instance(state.setStanding(person, 'accepted'), Uint8Array);
  assert.is(state.setStanding(person, 'accepted'), undefined);
  const other = new AccountState();
  other.apply(new AccountState().setStanding(person, 'accepted')!);
  assert.is(other.setStanding(person, 'accepted'), undefined);
});

test('U11: a change tells of itself alone', () => {
  const state = new AccountState();
  const [a, b] = people as [AccountId, AccountId];
  state.setStanding(a, 'accepted');
  const second = state.setStanding(b, 'blocked')!;
  const other = new AccountState();
  other.apply(second);
  other.apply(new AccountState().setStanding(a, 'declined')!);
  assert.not.equal(standings(other), standings(state));
});

test('U11: what is no update is refused, and what stands stays', () => {
  const state = new AccountState();
  const updates = decisions(state, 4);
  const before = standings(state);
  let refused = 0;
  for (let round = 0; round < 400; round += 1) {
    // Cut or random: whatever of it is an update by chance holds nothing of ours.
    const bad = mutate(random, updates[random.below(updates.length)]!).slice(0, 12);
    if (!state.apply(bad)) refused += 1;
    assert.equal(standings(state), before, `seed ${random.seed}, ${[...bad]}`);
  }
  assert.ok(refused > 100, `${refused} refused`);
  assert.ok(state.setStanding(people[0]!, before[0] === 'blocked' ? 'accepted' : 'blocked'));
});

test('U11: a standing of a later program, or none at all, counts as undecided', () => {
  const later = new Registers(() => 'last');
  const state = new AccountState();
  const values = [
    [people[0]!, 'muted'],
    [people[1]!, 7],
    [people[2]!, null],
  ] as const;
  assert.ok(state.apply(later.write('standings', values)));
  assert.equal(standings(state), [null, null, null]);
});

test.run();
