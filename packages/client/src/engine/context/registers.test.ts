import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mutate, seededRandom } from '../../crypto/seeded-random.js';
import { Registers, type RegisterValue } from './registers.js';

const test = suite('registers');
const random = seededRandom(Number(process.env.SEED ?? Date.now() % 0x7fffffff));
process.stdout.write(`registers: SEED=${random.seed}\n`);

const joining = (group: string) => (group === 'read' ? 'greatest' : 'last');
const NAMES = ['a', 'b', 'c'];
const VALUES: readonly RegisterValue[] = ['x', 'y', '', 0, 1, 7, null];

function contents(registers: Registers): string {
  return JSON.stringify(
    ['standings', 'read'].map((group) => NAMES.map((name) => registers.get(group, name))),
  );
}

function shuffled<T>(all: readonly T[]): T[] {
  const left = [...all];
  return all.map(() => left.splice(random.below(left.length), 1)[0]!);
}

test('X21: whatever devices write apart and hear late, early and twice, they agree in the end', () => {
  for (let round = 0; round < 200; round += 1) {
    const devices = [new Registers(joining), new Registers(joining), new Registers(joining)];
    const updates: Uint8Array[] = [];
    for (let step = 0; step < 30; step += 1) {
      const device = devices[random.below(devices.length)]!;
      if (random.below(2) === 0 && updates.length > 0)
        assert.ok(device.apply(updates[random.below(updates.length)]!));
      else {
        const name = NAMES[random.below(NAMES.length)]!;
        if (random.below(2) === 0) updates.push(device.write('read', [[name, random.below(9)]]));
        else updates.push(device.write('standings', [[name, VALUES[random.below(VALUES.length)]!]]));
      }
    }
    for (const device of devices) for (const update of shuffled(updates)) device.apply(update);
    const [one, ...others] = devices.map(contents);
    for (const other of others) assert.is(other, one, `round ${round} of seed ${random.seed}`);
  }
});

test('K11: what one device has and another lacks is said in updates that make both the same', () => {
  for (let round = 0; round < 100; round += 1) {
    const [one, other] = [new Registers(joining), new Registers(joining)];
    for (let step = 0; step < 20; step += 1) {
      const by = random.below(2) === 0 ? one : other;
      const name = NAMES[random.below(NAMES.length)]!;
      if (random.below(2) === 0) by.write('read', [[name, random.below(9)]]);
      else by.write('standings', [[name, VALUES[random.below(VALUES.length)]!]]);
    }
    for (const update of one.missingIn(other)) assert.ok(other.apply(update));
    for (const update of other.missingIn(one)) assert.ok(one.apply(update));
    assert.is(contents(one), contents(other), `round ${round} of seed ${random.seed}`);
    assert.equal([one.missingIn(other), other.missingIn(one)], [[], []]);
  }
  const many = new Registers(joining);
  for (let index = 0; index < 3_000; index += 1) many.write('standings', [[`${index}`, 'x'.repeat(40)]]);
  const updates = many.missingIn(new Registers(joining));
  assert.ok(updates.length > 2 && updates.every((update) => update.length < 60_000));
});

test('X21: what was written in the knowledge of another value stands above it', () => {
  const [phone, laptop] = [new Registers(joining), new Registers(joining)];
  const first = phone.write('standings', [['a', 'z']]);
  laptop.apply(first);
  const second = laptop.write('standings', [['a', 'b']]);
  assert.ok(phone.apply(second));
  assert.ok(phone.apply(first));
  assert.is(phone.get('standings', 'a'), 'b');
  const emptied = phone.write('standings', [['a', null]]);
  laptop.apply(emptied);
  assert.equal(laptop.entries('standings'), []);
});

test('X21: what only grows never falls', () => {
  const registers = new Registers(joining);
  registers.write('read', [['a', 5]]);
  registers.write('read', [['a', 3]]);
  assert.is(registers.get('read', 'a'), 5);
});

test('X21: what is no update changes nothing', () => {
  const registers = new Registers(joining);
  const update = registers.write('standings', [
    ['a', 'x'],
    ['b', 7],
  ]);
  const before = contents(registers);
  for (let round = 0; round < 300; round += 1) {
    const fresh = new Registers(joining);
    const taken = fresh.apply(mutate(random, update));
    if (!taken) assert.equal([...fresh.entries('standings')], []);
  }
  assert.not(registers.apply(update.subarray(0, update.length - 1)));
  assert.is(contents(registers), before);
});

test.run();
