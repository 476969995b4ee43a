import { ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RateLimiter } from './rate-limit.js';

interface Context {
  clock: { now: number };
  limiter: RateLimiter;
}
const test = suite<Context>('rate limiter');
test.before.each((context) => {
  const clock = { now: 5_000 };
  context.clock = clock;
  context.limiter = new RateLimiter({ capacity: 3, refillPerS: 2, maxKeys: 4, now: () => clock.now });
});

/** How long it is told to wait, 0 when it may go on. */
function wait(limiter: RateLimiter, key: string, cost?: number): number | undefined {
  try {
    limiter.take(key, cost);
    return 0;
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'request/too-fast') return error.retryAfterMs;
    throw error;
  }
}

test('S11 as many as the capacity go at once, then one has to wait', ({ limiter }) => {
  assert.equal(
    [1, 2, 3, 4].map(() => wait(limiter, 'ada')),
    [0, 0, 0, 500],
  );
});

test('S11 the wait that is told is enough, and not more than enough', ({ limiter, clock }) => {
  for (const _ of [1, 2, 3]) limiter.take('ada');
  clock.now += 499;
  assert.is(wait(limiter, 'ada'), 1);
  clock.now += 1;
  assert.is(wait(limiter, 'ada'), 0);
  assert.is(wait(limiter, 'ada'), 500);
});

test('a refused take takes nothing', ({ limiter, clock }) => {
  for (const _ of [1, 2, 3]) limiter.take('ada');
  for (let n = 0; n < 10; n += 1) assert.is(wait(limiter, 'ada'), 500);
  clock.now += 500;
  assert.is(wait(limiter, 'ada'), 0);
});

test('a bucket never holds more than its capacity', ({ limiter, clock }) => {
  limiter.take('ada');
  clock.now += 3_600_000;
  assert.equal(
    [1, 2, 3, 4].map(() => wait(limiter, 'ada')),
    [0, 0, 0, 500],
  );
});

test('costs count', ({ limiter }) => {
  assert.is(wait(limiter, 'ada', 2), 0);
  assert.is(wait(limiter, 'ada', 2), 500);
  assert.is(wait(limiter, 'ada', 1), 0);
});

test('keys do not share a bucket', ({ limiter }) => {
  for (const _ of [1, 2, 3]) limiter.take('ada');
  assert.is(wait(limiter, 'bob'), 0);
});

test('the number of keys is bounded: what was used longest ago is forgotten', ({ limiter }) => {
  for (const _ of [1, 2, 3]) limiter.take('ada');
  for (const _ of [1, 2, 3]) limiter.take('bob');
  for (let n = 0; n < 1_000; n += 1) {
    wait(limiter, `other ${n}`);
    assert.is(wait(limiter, 'bob'), 500, 'who keeps trying is remembered');
    assert.ok(limiter.size <= 4);
  }
  assert.is(limiter.size, 4);
  assert.is(wait(limiter, 'ada'), 0);
});

test('the code can be that of the socket', () => {
  const limiter = new RateLimiter({ capacity: 1, refillPerS: 1, maxKeys: 1, code: 'sync/too-fast' });
  limiter.take('ada');
  try {
    limiter.take('ada');
    assert.unreachable();
  } catch (error) {
    assert.is((error as ProtocolError).code, 'sync/too-fast');
  }
});

test.run();
