import { ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tryAgain } from './try-again.js';

const test = suite('try again');

/** Fails with these, one after the other, then answers; tells how long was waited. */
async function run(...failures: unknown[]) {
  const waits: number[] = [];
  let times = 0;
  const result = await tryAgain(
    async () => {
      times += 1;
      if (failures.length > 0) throw failures.shift();
      return 'answer';
    },
    async (ms) => {
      waits.push(ms);
    },
  ).catch((error: unknown) => error);
  return { result, waits, times };
}

const unavailable = (retryAfterMs?: number) =>
  new ProtocolError('service/unavailable', retryAfterMs === undefined ? {} : { retryAfterMs });

/** No sooner than asked, and each device at another time: up to half as long again. */
function assertWaits(waits: readonly number[], named: readonly number[]): void {
  assert.is(waits.length, named.length);
  for (const [index, ms] of named.entries())
    assert.ok(waits[index]! >= ms && waits[index]! <= ms * 1.5, `${waits[index]} for ${ms}`);
}

test('an unavailable service is asked three times, with no less than the pauses it names', async () => {
  const named = await run(unavailable(), unavailable(4_000));
  assert.equal([named.result, named.times], ['answer', 3]);
  assertWaits(named.waits, [500, 4_000]);
  const last = unavailable();
  const failed = await run(unavailable(), unavailable(), last);
  assert.equal([failed.result, failed.times], [last, 3]);
  assertWaits(failed.waits, [500, 1_000]);
});

test('no pause is longer than 15 seconds, whatever the server names', async () => {
  assert.equal((await run(unavailable(3_600_000))).waits, [15_000]);
});

test('a refusal is not repeated', async () => {
  for (const refusal of [
    new ProtocolError('auth/link-used'),
    new ProtocolError('request/too-fast'),
    new RangeError(),
  ])
    assert.equal(await run(refusal), { result: refusal, waits: [], times: 1 });
});

test.run();
