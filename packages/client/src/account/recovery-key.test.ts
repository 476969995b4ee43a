import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { seededRandom } from '../crypto/seeded-random.js';
import { formatRecoveryKey, generateRecoveryKey, parseRecoveryKey } from './recovery-key.js';
import { accountErrorCode } from './testing/account-error-code.js';

const test = suite('recovery key');
const FORM = /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){11}$/;

test('is 12 groups of 4 characters that cannot be mistaken for others, and comes back (property)', () => {
  const random = seededRandom(Math.floor(Math.random() * 2 ** 32));
  for (let round = 0; round < 300; round += 1) {
    const key = random.bytes(30);
    const text = formatRecoveryKey(key);
    assert.match(text, FORM);
    assert.equal([...parseRecoveryKey(text)], [...key], `seed ${random.seed}`);
  }
});

test('holds the bits in Crockford order', () => {
  const key = Uint8Array.from({ length: 30 }, (_, at) => at);
  // The same bits by whole-number arithmetic.
  let number = key.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let expected = '';
  for (let at = 0; at < 48; at += 1) {
    expected = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Number(number % 32n)] + expected;
    number /= 32n;
  }
  assert.is(formatRecoveryKey(key).replaceAll('-', ''), expected);
  assert.match(formatRecoveryKey(new Uint8Array(30)), /^0000(-0000){11}$/);
  assert.match(formatRecoveryKey(new Uint8Array(30).fill(255)), /^ZZZZ(-ZZZZ){11}$/);
});

test('is read however people write it', () => {
  const key = new Uint8Array(30);
  key[29] = 1;
  const spellings = [
    '0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0001',
    `${'oooo '.repeat(11)}OOOl`,
    ` ${'0'.repeat(47)}I\n`,
    `${'0000\u2013'.repeat(11)}000i`,
    `${'0000\t'.repeat(11)}000L`,
    `${'００００　'.repeat(11)}０００１`,
  ];
  for (const spelling of spellings) assert.equal([...parseRecoveryKey(spelling)], [...key]);
});

test('anything else is refused', async () => {
  const good = formatRecoveryKey(generateRecoveryKey());
  for (const bad of [
    '',
    good.slice(1),
    `${good}0`,
    good.replace(/.$/, 'U'),
    good.replace(/.$/, '!'),
    good.replace(/.$/, '😀'),
  ])
    assert.is(await accountErrorCode(() => parseRecoveryKey(bad)), 'account/recovery-key-invalid');
});

test('two are never the same', () => {
  const made = new Set(Array.from({ length: 100 }, () => formatRecoveryKey(generateRecoveryKey())));
  assert.is(made.size, 100);
});

test.run();
