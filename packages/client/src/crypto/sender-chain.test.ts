import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCryptoError } from './errors.js';
import { hmacSha256 } from './kdf.js';
import { seededRandom } from './seeded-random.js';
import { advance, ChainCursor, MAX_FORWARD_JUMPS, messageKeyAt } from './sender-chain.js';
import { printSeed } from './testing/print-seed.js';

const test = suite('sender-chain');
const start = { iteration: 10, chainKey: new Uint8Array(32).fill(3) };

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (isCryptoError(error)) return error.code;
    throw error;
  }
  return undefined;
}

test('Double Ratchet 5.2, a step is HMAC-SHA256 of 0x02', () => {
  assert.equal(advance(start, 10), start);
  const once = hmacSha256(start.chainKey, Uint8Array.of(2));
  assert.equal(advance(start, 12), { iteration: 12, chainKey: hmacSha256(once, Uint8Array.of(2)) });
});

test('keys of different iterations differ; IV 16, key 32 bytes', () => {
  const [a, b] = [messageKeyAt(start, 10), messageKeyAt(start, 11)];
  assert.equal([a.iv.length, a.cipherKey.length], [16, 32]);
  assert.not.equal(a.cipherKey, b.cipherKey);
});

test('jumps are bounded, backwards refused', () => {
  assert.is(advance(start, 10 + MAX_FORWARD_JUMPS).iteration, 10 + MAX_FORWARD_JUMPS);
  assert.is(
    codeOf(() => advance(start, 11 + MAX_FORWARD_JUMPS)),
    'crypto/too-far',
  );
  assert.is(
    codeOf(() => advance(start, Number.NaN)),
    'crypto/too-far',
  );
  assert.is(
    codeOf(() => advance({ ...start, iteration: 0xffffffff }, 2 ** 32)),
    'crypto/too-far',
  );
  assert.is(
    codeOf(() => advance(start, 9)),
    'crypto/no-sender-key',
  );
  const cursor = new ChainCursor(start);
  assert.is(
    codeOf(() => cursor.messageKey(11 + MAX_FORWARD_JUMPS)),
    'crypto/too-far',
  );
  assert.is(
    codeOf(() => cursor.messageKey(9)),
    'crypto/no-sender-key',
  );
});

test('a cursor gives the same keys as stepping from the first state, in any order', () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  printSeed('cursor order', seed);
  const random = seededRandom(seed);
  const cursor = new ChainCursor(start);
  const order = [...Array.from({ length: 100 }, (_, i) => 10 + i), 73, 74, 75, 10, 137, 138, 139];
  for (let i = 0; i < 300; i++) order.push(10 + random.below(600));
  for (const iteration of order)
    assert.equal(cursor.messageKey(iteration), messageKeyAt(start, iteration), `iteration ${iteration}`);
  assert.equal(cursor.first, start);
});

test.run();
