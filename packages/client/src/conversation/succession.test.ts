import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codeOf, messageBytes } from './envelope-fixture.js';
import { eventHash } from './event.js';
import { NO_HASH } from './hash.js';
import { checkSuccession, type FeedStep } from './succession.js';

const test = suite('succession');

/** A feed as an honest author writes it. */
function feed(length: number): FeedStep[] {
  const steps: FeedStep[] = [];
  for (let seq = 0; seq < length; seq++) {
    const prev = seq === 0 ? NO_HASH : eventHash(steps[seq - 1]!.event);
    // Receipts take iterations too, and an epoch begins its chain anew.
    const [epoch, iteration] = seq < 3 ? [0, seq * 2] : [1, seq - 3];
    steps.push({ seq, prev, epoch, iteration, event: messageBytes(`${seq}`) });
  }
  return steps;
}

test('X9 an honest feed follows, across epochs, and a hole is told from a break', () => {
  const steps = feed(6);
  let last: FeedStep | undefined;
  for (const step of steps) {
    assert.is(checkSuccession(last, step), 'follows');
    last = step;
  }
  assert.is(checkSuccession(steps[1], steps[3]!), 'gap');
  assert.is(checkSuccession(undefined, steps[2]!), 'gap');
});

test('X9 the same event sealed anew is the same', () => {
  const [, , , , step] = feed(5);
  assert.is(checkSuccession(step, { ...step!, iteration: 9 }), 'same');
  assert.is(checkSuccession({ ...step!, iteration: 9 }, step!), 'same');
  assert.is(checkSuccession({ ...step!, epoch: 2 }, step!), 'same');
});

test('X9 what was dropped, replaced, reordered or begins in the middle is refused', async () => {
  const steps = feed(6);
  const [zero, one, two, three, four] = steps as [FeedStep, FeedStep, FeedStep, FeedStep, FeedStep];
  const broken: [FeedStep | undefined, FeedStep][] = [
    [undefined, { ...zero, prev: eventHash(one.event) }],
    [zero, { ...one, prev: NO_HASH }],
    [{ ...zero, event: messageBytes('replaced') }, one],
    [zero, { ...two, seq: 1 }],
    [three, { ...three, event: messageBytes('another') }],
    [four, three],
    [three, { ...four, iteration: three.iteration }],
    [zero, { ...two, iteration: 0 }],
    [three, { ...four, epoch: 0 }],
  ];
  for (const [index, [earlier, later]] of broken.entries())
    assert.is(await codeOf(() => checkSuccession(earlier, later)), 'conversation/broken-feed', `${index}`);
});

test.run();
