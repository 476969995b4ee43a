import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../crypto/seeded-random.js';
import { sha256 } from './hash.js';
import { stateHead } from './state-fold.js';
import { type GraphEvent, StateHeads } from './state-heads.js';

const test = suite('state heads');

const event = (name: string, ...parents: GraphEvent[]): GraphEvent => ({
  hash: sha256(name),
  event: { parents: parents.map(({ hash }) => hash) },
});
const headOf = (...events: GraphEvent[]) => stateHead(events.map(({ hash }) => hash));

test('X12: in a line, the head after each event is known, and that of nothing', () => {
  const a = event('a');
  const b = event('b', a);
  const c = event('c', b);
  const heads = new StateHeads([c, a, b]);
  for (const known of [headOf(), headOf(a), headOf(b), headOf(c)]) assert.ok(heads.has(known));
  assert.not.ok(heads.has(headOf(a, c)), 'an ancestor is no head beside what follows on it');
  assert.not.ok(heads.has(headOf(event('d', c))), 'an event that is not here');
});

test('X12: concurrent events are heads together, in every combination somebody may know', () => {
  const root = event('root');
  const [x, y, z] = [event('x', root), event('y', root), event('z', root)];
  const join = event('join', x, y);
  const heads = new StateHeads([root, x, y, z, join]);
  for (const known of [headOf(x, y), headOf(z, x), headOf(x, y, z), headOf(join, z)])
    assert.ok(heads.has(known));
  for (const unknown of [headOf(join, x), headOf(root, z), headOf(join, y, z)])
    assert.not.ok(heads.has(unknown));
});

test('X12: whatever part of a graph somebody knows, its head is known (property)', () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  process.stdout.write(`state heads: seed ${seed}\n`);
  const random = seededRandom(seed);
  for (let round = 0; round < 20; round += 1) {
    const events: GraphEvent[] = [];
    for (let at = 0; at < 12; at += 1) {
      // Parents are the heads of what an author knew: some of the events, with all their ancestors.
      events.push(event(`${round}/${at}`, ...headsOf(knownPart(random.below, events))));
    }
    const heads = new StateHeads(events);
    for (let look = 0; look < 20; look += 1) {
      const part = knownPart(random.below, events);
      assert.ok(heads.has(headOf(...headsOf(part))), `seed ${seed} round ${round}`);
    }
    assert.not.ok(heads.has(headOf(event('unheard of', ...events.slice(-1)))));
  }
});

test('X12: a graph made wide to exhaust its readers costs a bounded search', () => {
  const root = event('root');
  const wide = Array.from({ length: 200 }, (_, index) => event(`w${index}`, root));
  const heads = new StateHeads([root, ...wide]);
  assert.not.ok(heads.has(headOf(event('elsewhere'))));
  assert.ok(heads.has(headOf(wide[7]!)));
});

/** Some of the events and all of their ancestors. */
function knownPart(below: (limit: number) => number, events: readonly GraphEvent[]): GraphEvent[] {
  const byHash = new Map(events.map((one) => [one.hash.join(), one]));
  const part = new Set<GraphEvent>();
  const open = events.filter(() => below(3) === 0);
  for (let one = open.pop(); one; one = open.pop()) {
    if (part.has(one)) continue;
    part.add(one);
    for (const parent of one.event.parents) open.push(byHash.get(parent.join())!);
  }
  return [...part];
}

function headsOf(part: readonly GraphEvent[]): GraphEvent[] {
  const named = new Set(part.flatMap((one) => one.event.parents.map((parent) => parent.join())));
  return part.filter(({ hash }) => !named.has(hash.join()));
}

test.run();
