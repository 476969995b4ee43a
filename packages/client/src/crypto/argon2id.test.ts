import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { argon2id } from './argon2id.js';

/* The standard's vectors are in `vectors.test.ts`. */
const test = suite('argon2id');
const bytes = (length: number) => Uint8Array.from({ length }, (_, at) => at * 11);

/** Memory in KiB, passes, lanes, length. */
const costs: readonly (readonly [number, number, number, number])[] = [
  [8, 1, 1, 4],
  [8, 3, 1, 64],
  [11, 2, 1, 65],
  [64, 1, 1, 96],
  [64, 4, 2, 97],
  [100, 3, 3, 128],
  [128, 2, 16, 1_024],
  // Segments that need more than one block of addresses, and no whole number of them.
  [1_024, 3, 1, 32],
  [1_300, 2, 2, 32],
  [2_048, 1, 4, 32],
];
for (const [memoryKiB, passes, lanes, length] of costs)
  test(`RFC 9106: m=${memoryKiB}, t=${passes}, p=${lanes}, ${length} bytes, as another implementation`, async () => {
    for (const [password, salt] of [
      [bytes(2), bytes(8)],
      [bytes(150), bytes(16)],
    ] as const) {
      const [secret, data] = [bytes(2 + (length % 30)), bytes(1 + lanes)];
      const expected = nobleArgon2id(password, salt, { m: memoryKiB, t: passes, p: lanes, dkLen: length });
      const derived = await argon2id(password, salt, { memoryKiB, passes, lanes, length });
      assert.equal(derived, expected);
      assert.not.equal(
        await argon2id(password, salt, { memoryKiB, passes, lanes, length, secret, data }),
        expected,
      );
    }
  });

test('derivations beside each other do not share memory', async () => {
  const cost = { memoryKiB: 512, passes: 2, lanes: 1, length: 32 };
  const passwords = [2, 3, 4, 5].map(bytes);
  const beside = await Promise.all(passwords.map((password) => argon2id(password, bytes(16), cost)));
  for (const [at, password] of passwords.entries())
    assert.equal(beside[at], await argon2id(password, bytes(16), cost));
});

test.run();
