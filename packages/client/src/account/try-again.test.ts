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

test('an unavailable service is asked three times, with the pauses it names', async () => {
  assert.equal(await run(unavailable(), unavailable(4_000)), {
    result: 'answer',
    waits: [500, 4_000],
    times: 3,
  });
  const last = unavailable();
  assert.equal(await run(unavailable(), unavailable(), last), {
    result: last,
    waits: [500, 1_000],
    times: 3,
  });
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
