import type { AccountId, ConversationId, SessionId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as keys from './keys.js';

const test = suite('claim keys');
const account = randomId<AccountId>();
const conversation = randomId<ConversationId>();
const session = randomId<SessionId>();

test('keys are written as agreed', () => {
  assert.is(keys.deviceListKey(account, 12), `devices:${account}:000000012`);
  assert.is(keys.sessionEndedKey(session), `session-ended:${session}`);
  assert.is(keys.mailKey(1_700_000_000_000, 'a-b_c'), 'mail:001700000000000-a-b_c');
  assert.is(keys.conversationKey(conversation, 3), `conversation:${conversation}:000000000003`);
  assert.is(keys.memberKey(account, conversation), `member:${account}:${conversation}`);
});

test('keys are read back', () => {
  for (let round = 0; round < 200; round += 1) {
    const [a, c, s] = [randomId<AccountId>(), randomId<ConversationId>(), randomId<SessionId>()];
    assert.equal(keys.parseDeviceListKey(keys.deviceListKey(a, round)), { account: a, version: round });
    assert.is(keys.parseSessionEndedKey(keys.sessionEndedKey(s)), s);
    assert.equal(keys.parseMailKey(keys.mailKey(round, s)), { at: round, id: s });
    assert.equal(keys.parseConversationKey(keys.conversationKey(c, round)), {
      conversation: c,
      counter: round,
    });
    assert.equal(keys.parseMemberKey(keys.memberKey(a, c)), { account: a, conversation: c });
  }
});

test('keys sort as their numbers count', () => {
  const numbers = [1, 9, 10, 99, 100, 12_345];
  const sorts = (key: (value: number) => string) => assert.equal(numbers.map(key).sort(), numbers.map(key));
  sorts((version) => keys.deviceListKey(account, version));
  sorts((counter) => keys.conversationKey(conversation, counter));
  sorts((at) => keys.mailKey(at, 'x'));
});

test('a key of another family is refused', () => {
  assert.throws(
    () => keys.parseMailKey(keys.sessionEndedKey(session)),
    (error: unknown) => error instanceof RangeError,
  );
  assert.throws(
    () => keys.parseMemberKey(keys.conversationKey(conversation, 1)),
    (error: unknown) => error instanceof RangeError,
  );
});

test.run();
