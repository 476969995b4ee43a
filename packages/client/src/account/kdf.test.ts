import { argon2id } from '@noble/hashes/argon2.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertPasswordLength, derivePasswordKeys, type KdfParameters, newKdf } from './kdf.js';
import { accountErrorCode } from './testing/account-error-code.js';

const test = suite('kdf');
const salt = Uint8Array.from({ length: 16 }, (_, at) => at);
const floor: KdfParameters = { algorithm: 'argon2id', memoryKiB: 65_536, passes: 3, lanes: 1, salt };

test('K2: the two halves are Argon2id of the NFKC password, as another implementation has it', async () => {
  const { authKey, vaultHalf } = await derivePasswordKeys('ﬁne pässword', floor);
  const expected = argon2id('fine p\u00e4ssword', salt, { m: 65_536, t: 3, p: 1, dkLen: 64 });
  assert.equal([...authKey, ...vaultHalf], [...expected]);
  assert.is(authKey.length, 32);
  assert.is(authKey.buffer.byteLength, 32, 'the other half is not behind it');
});

test('K2: one password typed in two ways derives the same, another one or another salt does not', async () => {
  const derive = async (password: string, kdf = floor) => [
    ...(await derivePasswordKeys(password, kdf)).authKey,
  ];
  const composed = await derive('p\u00e4ssword');
  assert.equal(await derive('pa\u0308ssword'), composed);
  assert.not.equal(await derive('passwords'), composed);
  assert.not.equal(await derive('p\u00e4ssword', { ...floor, salt: new Uint8Array(16) }), composed);
});

test('K2: parameters below the floor are refused whatever the server says', async () => {
  const weak: KdfParameters[] = [
    { ...floor, memoryKiB: 65_535 },
    { ...floor, passes: 2 },
    { ...floor, lanes: 0 },
    { ...floor, salt: new Uint8Array(15) },
    { ...floor, salt: new Uint8Array(17) },
    { ...floor, algorithm: 'argon2i' as 'argon2id' },
  ];
  for (const kdf of weak)
    assert.is(await accountErrorCode(() => derivePasswordKeys('password', kdf)), 'account/weak-kdf');
});

test('K2: new parameters are at the floor, each with a salt of its own', async () => {
  const [first, second] = [newKdf(), newKdf()];
  assert.equal({ ...first, salt }, floor);
  assert.not.equal([...first.salt], [...second.salt]);
});

test('a password has 8 to 128 characters, however many bytes they are', async () => {
  for (const good of ['12345678', 'x'.repeat(128), '😀'.repeat(8), '😀'.repeat(128)])
    assert.is(await accountErrorCode(() => assertPasswordLength(good)), undefined);
  for (const bad of ['', '1234567', 'x'.repeat(129), '😀'.repeat(7)])
    assert.is(await accountErrorCode(() => assertPasswordLength(bad)), 'account/password-length');
});

test.run();
