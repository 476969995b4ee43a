import { type AccountId, ProtocolError, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ATTACHMENT_LIMITS } from './attachment-limits.js';
import { Transfers } from './transfers.js';

const test = suite('transfers');

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error as ProtocolError).code,
  );

test('[F9] so many are on their way at once, of one account and of all', async () => {
  const transfers = new Transfers({ ...ATTACHMENT_LIMITS, transfers: 5, transfersPerAccount: 3 }, () => 0);
  const [ann, bob] = [randomId<AccountId>(), randomId<AccountId>()];
  const ends: (() => void)[] = [];
  const slow = () => new Promise<void>((resolve) => ends.push(resolve));
  const moving = [1, 2, 3].map(() => transfers.sent(ann, 1, slow));
  assert.is(await codeOf(transfers.given(ann, 1, slow)), 'request/too-fast');
  moving.push(transfers.given(bob, 1, slow), transfers.given(bob, 1, slow));
  assert.is(await codeOf(transfers.given(bob, 1, slow)), 'service/unavailable');
  assert.is(ends.length, 5);
  for (const end of ends.splice(0)) end();
  await Promise.all(moving);
  const failing = () => Promise.reject(new ProtocolError('attachment/mismatch'));
  for (let time = 0; time < 10; time += 1)
    assert.is(await codeOf(transfers.sent(ann, 1, failing)), 'attachment/mismatch', 'a place comes back');
});

test('[F9] bytes are paced apart in both directions', async () => {
  let now = 0;
  const limits = { ...ATTACHMENT_LIMITS, sentBurst: 10, sentPerSecond: 1, givenBurst: 20, givenPerSecond: 2 };
  const transfers = new Transfers(limits, () => now);
  const ann = randomId<AccountId>();
  const done = async () => undefined;
  assert.is(await codeOf(transfers.sent(ann, 10, done)), undefined);
  assert.is(await codeOf(transfers.sent(ann, 5, done)), 'request/too-fast');
  assert.is(await codeOf(transfers.given(ann, 20, done)), undefined);
  now += 5_000;
  assert.is(await codeOf(transfers.sent(ann, 5, done)), undefined);
});

test.run();
