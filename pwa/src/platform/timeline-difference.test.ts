import type { TimelineItem, TimelineSnapshot } from '@sotto/client';
import type { AccountId, ConversationId, EventId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { differenceOf, withDifference } from './timeline-difference.js';

const noor = { account: 'noor' as AccountId, username: 'noor' };
const message = (id: number, text = `message ${id}`): TimelineItem => ({
  kind: 'message',
  id: `e${id}` as EventId,
  author: noor,
  mine: false,
  at: id,
  text,
  mark: null,
  error: null,
});
const empty: TimelineSnapshot = {
  conversation: 'c' as ConversationId,
  items: [],
  hasOlder: false,
  unreadFrom: null,
  unread: 0,
  draft: '',
  kind: 'direct',
  name: 'noor',
  peer: noor,
  members: 2,
  standing: 'accepted',
  member: true,
  held: null,
  gone: false,
};
const timeline = (count: number, from = 0): TimelineSnapshot => ({
  ...empty,
  items: Array.from({ length: count }, (_, index) => message(from + index)),
});

/** As it comes out of a channel: a copy. */
const across = <T>(value: T): T => structuredClone(value);

/** mulberry32 */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Something that happens to a timeline; what it leaves alone stays the same object. */
function happening(
  before: TimelineSnapshot,
  nth: number,
  random: (below: number) => number,
): TimelineSnapshot {
  const items = [...before.items];
  const place = random(items.length + 1);
  switch (random(9)) {
    case 0:
      items.push(message(nth));
      break;
    case 1:
      items.splice(place, 0, message(nth), message(nth + 0.5));
      break;
    case 2:
      items.splice(place, 1 + random(3));
      break;
    case 3:
      for (let at = place; at < Math.min(items.length, place + 4); at += 1)
        items[at] = message(nth + at / 100, 'changed');
      break;
    case 4: // Two changes far from each other.
      if (items.length > 0) items[0] = message(nth);
      items.push(message(nth + 0.5));
      break;
    case 5:
      items.unshift(...timeline(random(5), -nth * 10).items);
      break;
    case 6: // Moved to another place.
      items.splice(place, 0, ...items.splice(0, 1));
      break;
    case 7:
      return { ...before, unread: random(3), draft: `draft ${random(2)}`, peer: { ...noor } };
    default:
      return random(10) === 0 ? { ...empty, hasOlder: random(2) === 0 } : before;
  }
  return { ...before, items, unread: random(3), hasOlder: random(2) === 0 };
}

const test = suite('timeline difference');

test('U7: any sequence of differences, folded, is the snapshot, for each of those who began at different times', () => {
  const seed = Date.now() % 1e9;
  const random = randomOf(seed);
  for (let story = 0; story < 100; story += 1) {
    let now = timeline(random(12));
    const watchers: { base: TimelineSnapshot; shown: TimelineSnapshot }[] = [];
    for (let nth = 1; nth < 40; nth += 1) {
      if (random(8) === 0) watchers.push({ base: now, shown: across(now) });
      now = happening(now, nth, random);
      for (const watcher of watchers) {
        const before = watcher.shown;
        // One that is slow gets several changes as one.
        if (random(4) === 0) continue;
        const difference = differenceOf(watcher.base, now);
        watcher.shown = withDifference(before, across(difference));
        assert.equal(watcher.shown, now, `seed ${seed}`);
        const touched = new Set(difference.items.map(({ id }) => id));
        for (const item of watcher.shown.items)
          assert.ok(touched.has(item.id) || before.items.includes(item), `seed ${seed}`);
        watcher.base = now;
      }
    }
  }
});

test('U7: a message more costs one message, however long the timeline is', () => {
  const sizes = [10, 1_000].map((count) => {
    const before = timeline(count);
    const after = { ...before, items: [...before.items, message(count)], unread: 1 };
    return JSON.stringify(differenceOf(before, after)).length;
  });
  assert.ok(sizes[1]! - sizes[0]! < 10, `${sizes} characters`);
  assert.ok(sizes[1]! < 250, `${sizes} characters`);
});

test('U7: a changed mark costs its message, and what did not change costs nothing', () => {
  const before = timeline(500);
  const after = { ...before, items: before.items.with(400, message(400, 'other')) };
  const difference = differenceOf(before, after);
  assert.equal(
    [difference.rest, difference.at, difference.removed, difference.items.length],
    [{}, 400, 1, 1],
  );
  assert.equal(differenceOf(before, { ...before, items: [...before.items] }).items, []);
});

test.run();
