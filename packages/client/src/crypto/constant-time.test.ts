import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { constantTimeEqual } from './constant-time.js';

const test = suite('constant-time');

test('equal bytes are equal; a difference in any place, or in length, is seen', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
  assert.ok(constantTimeEqual(bytes, new Uint8Array(bytes)));
  assert.ok(constantTimeEqual(new Uint8Array(), new Uint8Array()));
  for (let i = 0; i < 32; i++) {
    const other = new Uint8Array(bytes);
    other[i]! ^= 0x80;
    assert.not.ok(constantTimeEqual(bytes, other));
  }
  assert.not.ok(constantTimeEqual(bytes, bytes.subarray(1)));
});

test.run();
