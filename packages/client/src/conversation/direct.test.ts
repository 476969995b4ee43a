import { type AccountId, idBytes, idFromBytes, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { directConversationId, groupConversationId } from './direct.js';
import { isConversationError } from './errors.js';

const test = suite('direct');
const account = (fill: number) => idFromBytes<AccountId>(new Uint8Array(16).fill(fill));

test('X3 both sides find the same conversation, and every pair another', () => {
  const accounts = Array.from({ length: 12 }, () => randomId<AccountId>());
  const ids = new Set<string>();
  for (const a of accounts)
    for (const b of accounts) {
      if (a === b) continue;
      assert.is(directConversationId(a, b), directConversationId(b, a));
      ids.add(directConversationId(a, b));
    }
  assert.is(ids.size, 66);
});

test('X3 known answer: SHA-256 over label and ids in the order of their bytes', async () => {
  // 0xfb.. is spelled with - and _, which sort before letters: bytes decide, not spelling.
  const [low, high] = [account(0x01), account(0xfb)];
  const input = [...new TextEncoder().encode('Sotto direct v1'), ...idBytes(low), ...idBytes(high)];
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(input)));
  assert.equal([...idBytes(directConversationId(high, low))], [...digest.slice(0, 16)]);
});

test('X3 no direct conversation with oneself', () => {
  try {
    directConversationId(account(1), account(1));
    assert.unreachable();
  } catch (error) {
    assert.ok(isConversationError(error, 'conversation/members'));
  }
});

test('X3 a group id names its founder', () => {
  const nonce = new Uint8Array(16).fill(9);
  const ids = [1, 2].map((fill) => groupConversationId(account(fill), nonce));
  assert.is.not(ids[0], ids[1]);
  assert.is(ids[0], groupConversationId(account(1), nonce));
  assert.is.not(ids[0], groupConversationId(account(1), new Uint8Array(16)));
});

test.run();
