import { ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldOff } from './hold-off.js';

const test = suite('holding off');

test('S11 a refusal stands for its time, for its subject alone', () => {
  let now = 1_000;
  const holdOff = new HoldOff(() => now);
  holdOff.note('one', new ProtocolError('sync/too-fast', { retryAfterMs: 500 }));
  assert.is(holdOff.of('other'), undefined);
  now += 200;
  const held = holdOff.of('one')!;
  assert.equal([held.code, held.retry, held.retryAfterMs], ['sync/too-fast', 'later', 300]);
  now += 299.5;
  assert.is(holdOff.of('one')?.retryAfterMs, 1);
  now += 0.5;
  assert.is(holdOff.of('one'), undefined);
});

test('E what is refused for another reason, or without a time, holds nothing off', () => {
  const holdOff = new HoldOff(() => 0);
  holdOff.note('one', new ProtocolError('sync/stale', { retryAfterMs: 500 }));
  holdOff.note('one', new ProtocolError('sync/store-unavailable'));
  assert.is(holdOff.of('one'), undefined);
});

test.run();
