import { ed25519 } from '@noble/curves/ed25519.js';
import { shake256 } from '@noble/hashes/sha3.js';
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aesCbcDecrypt, aesCbcEncrypt } from './aes-cbc.js';
import { AES_GCM_OVERHEAD, aesGcmOpen, aesGcmSeal, importAesGcmKey } from './aes-gcm.js';
import { decodePublicKey, generateKeyPair, keyPairFromPrivateKey } from './curve25519.js';
import { type CryptoErrorCode, isCryptoError } from './errors.js';
import { hkdfSha256 } from './kdf.js';
import { decapsulate, encapsulate, generateKemKeyPair, mlKem1024 } from './kem.js';
import { joinBytes } from './protobuf.js';
import { asXEdDSA } from './testing/ed25519-signature.js';
import { fromHex as hex } from './testing/hex.js';
import { agree } from './x25519.js';
import { verify, verifyInJavaScript } from './xeddsa.js';

/* The kinds of inputs that implementations have got wrong, made here from the definitions. */
const test = suite('edge-cases');
const message = new TextEncoder().encode('message');

async function codeOf(action: () => unknown): Promise<CryptoErrorCode | undefined> {
  try {
    await action();
  } catch (error) {
    if (!isCryptoError(error)) throw error;
    return error.code;
  }
  return undefined;
}

async function assertRefused(publicKey: Uint8Array, text: Uint8Array, signature: Uint8Array, what: string) {
  assert.not(await verify(publicKey, text, signature), what);
  assert.not(verifyInJavaScript(publicKey, text, signature), `${what}, in JavaScript`);
}

test('AES-CBC: of all last bytes of a block only true PKCS#7 padding is taken', async () => {
  const [key, iv] = [new Uint8Array(32).fill(1), new Uint8Array(16)];
  // The last block decrypts to itself XOR the block before: so that block decides the padding.
  const sealed = await aesCbcEncrypt(key, iv, new Uint8Array(31));
  let accepted = 0;
  for (let last = 0; last < 256; last++) {
    const changed = new Uint8Array(sealed);
    // Plaintext: 15 zeros, then 0x01 turned into `last`.
    changed[15]! ^= 1 ^ last;
    const code = await codeOf(() => aesCbcDecrypt(key, iv, changed));
    if (code === undefined) accepted++;
    else assert.is(code, 'crypto/invalid-message');
    assert.is(code === undefined, last === 1, `padding ${last}`);
  }
  assert.is(accepted, 1);
  for (const length of [0, 1, 15, 17, 33])
    assert.is(await codeOf(() => aesCbcDecrypt(key, iv, new Uint8Array(length))), 'crypto/invalid-message');
});

test('AES-GCM: every bit of nonce, ciphertext, tag and additional data counts; nothing shorter opens', async () => {
  const key = await importAesGcmKey(new Uint8Array(32).fill(2));
  const additional = Uint8Array.of(1, 2, 3);
  const sealed = await aesGcmSeal(key, message, additional);
  assert.is(sealed.length, message.length + AES_GCM_OVERHEAD);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = new Uint8Array(sealed);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.is(await codeOf(() => aesGcmOpen(key, changed, additional)), 'crypto/invalid-message');
  }
  for (let length = 0; length < sealed.length; length++)
    assert.is(
      await codeOf(() => aesGcmOpen(key, sealed.slice(0, length), additional)),
      'crypto/invalid-message',
    );
  for (const other of [new Uint8Array(), Uint8Array.of(1, 2), Uint8Array.of(1, 2, 4)])
    assert.is(await codeOf(() => aesGcmOpen(key, sealed, other)), 'crypto/invalid-message');
  assert.equal(await aesGcmOpen(key, sealed, additional), message);
});

test('HKDF: empty inputs and the most output there is', () => {
  assert.is(hkdfSha256(new Uint8Array(), undefined, '', 8_160).length, 8_160);
  assert.equal(
    hkdfSha256(message, undefined, 'x', 8_160).slice(0, 48),
    hkdfSha256(message, new Uint8Array(), 'x', 48),
  );
});

test('X25519: points of the twist agree as the standard says, both ways of agreeing alike', async () => {
  // u = 2 is on the twist; 9 on the curve.
  for (const u of [2, 3, 5, 9, 16]) {
    const publicKey = new Uint8Array(33);
    publicKey.set([5, u]);
    assert.equal(decodePublicKey(publicKey), publicKey);
    const { privateKey } = generateKeyPair();
    assert.is((await agree(privateKey, publicKey)).length, 32);
  }
});

test('X25519: bits that clamping sets and clears change nothing', async () => {
  const theirs = generateKeyPair().publicKey;
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const touched = new Uint8Array(secret);
  touched[0]! ^= 0x07;
  touched[31]! ^= 0x80;
  touched[31]! |= 0x40;
  secret[31]! |= 0x40;
  assert.equal(await agree(touched, theirs), await agree(secret, theirs));
  assert.equal(keyPairFromPrivateKey(touched), keyPairFromPrivateKey(secret));
});

const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const littleEndian = (value: bigint) =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
const toInteger = (bytes: Uint8Array) => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

test('XEdDSA: s is taken reduced only, whatever multiple of L is added', async () => {
  const { secretKey, publicKey } = ed25519.keygen();
  const true_ = asXEdDSA(publicKey, ed25519.sign(message, secretKey));
  assert.ok(await verify(true_.publicKey, message, true_.signature));
  const s = toInteger(true_.signature.slice(32)) & (2n ** 255n - 1n);
  for (let multiple = 1n; s + multiple * L < 2n ** 255n; multiple++) {
    const forged = new Uint8Array(true_.signature);
    forged.set(littleEndian(s + multiple * L), 32);
    forged[63]! |= true_.signature[63]! & 0x80;
    await assertRefused(true_.publicKey, message, forged, `s + ${multiple} L`);
  }
});

test('XEdDSA: R of low order or of two encodings, s of zero, and signatures of other lengths', async () => {
  const { secretKey, publicKey } = ed25519.keygen();
  const { publicKey: key, signature } = asXEdDSA(publicKey, ed25519.sign(message, secretKey));
  const identity = hex(`01${'00'.repeat(31)}`);
  const p = 2n ** 255n - 19n;
  const wrongR = [identity, new Uint8Array(32), littleEndian(p), littleEndian(p + 1n), littleEndian(p - 1n)];
  for (const [i, R] of wrongR.entries()) {
    await assertRefused(key, message, joinBytes([R, new Uint8Array(32)]), `R ${i}, s 0`);
    await assertRefused(key, message, joinBytes([R, signature.slice(32)]), `R ${i}`);
  }
  await assertRefused(key, message, joinBytes([signature.slice(0, 32), new Uint8Array(32)]), 's 0');
  await assertRefused(key, message, joinBytes([signature, Uint8Array.of(0)]), 'a byte more');
  await assertRefused(key, message, signature.slice(0, 63), 'a byte less');
});

test('XEdDSA: keys of low order, under which anything could be made to verify, are refused', async () => {
  const signature = joinBytes([hex(`01${'00'.repeat(31)}`), new Uint8Array(32)]);
  for (const u of [0, 1]) {
    const key = new Uint8Array(33);
    key.set([5, u]);
    assert.is(await codeOf(() => verify(key, message, signature)), 'crypto/invalid-key');
    assert.is(await codeOf(() => verifyInJavaScript(key, message, signature)), 'crypto/invalid-key');
  }
});

test('ML-KEM-1024: a coefficient of q or more is refused wherever it stands in the public key', async () => {
  const { publicKey } = generateKemKeyPair(mlKem1024);
  // Two coefficients of 12 bits in three bytes; 1,024 of them, then the seed.
  for (let pair = 0; pair < 512; pair += 7)
    for (const [a, b] of [
      [3_329, 0],
      [0, 3_329],
      [4_095, 4_095],
    ] as const) {
      const changed = new Uint8Array(publicKey);
      changed.set([a & 0xff, (a >> 8) | ((b & 0xf) << 4), b >> 4], 1 + pair * 3);
      assert.is(await codeOf(() => encapsulate(mlKem1024, changed)), 'crypto/invalid-key', `pair ${pair}`);
    }
});

test('FIPS 203 6.3, ML-KEM-1024: a changed ciphertext gives SHAKE256(z || c), not an error', () => {
  const pair = generateKemKeyPair(mlKem1024);
  const { ciphertext, sharedSecret } = encapsulate(mlKem1024, pair.publicKey);
  const z = pair.secretKey.slice(32);
  for (const at of [1, 700, 1_409, 1_568]) {
    const changed = new Uint8Array(ciphertext);
    changed[at]! ^= 0x10;
    const rejected = shake256(joinBytes([z, changed.slice(1)]), { dkLen: 32 });
    assert.equal(decapsulate(mlKem1024, changed, pair.secretKey), rejected);
  }
  assert.equal(decapsulate(mlKem1024, ciphertext, pair.secretKey), sharedSecret);
});

/** Web Cryptography's ML-KEM where the engine has it: an implementation that shares nothing with ours. */
async function nativeMlKem(): Promise<CryptoKeyPair | undefined> {
  try {
    return (await crypto.subtle.generateKey('ML-KEM-1024', true, [
      'encapsulateBits',
      'decapsulateBits',
    ] as unknown as KeyUsage[])) as CryptoKeyPair;
  } catch {
    return undefined;
  }
}

interface NativeKem {
  encapsulateBits(
    algorithm: string,
    key: CryptoKey,
  ): Promise<{ ciphertext: ArrayBuffer; sharedKey: ArrayBuffer }>;
  decapsulateBits(algorithm: string, key: CryptoKey, ciphertext: Uint8Array): Promise<ArrayBuffer>;
  exportKey(format: string, key: CryptoKey): Promise<ArrayBuffer>;
  importKey(
    format: string,
    bytes: Uint8Array,
    name: string,
    extractable: boolean,
    usages: string[],
  ): Promise<CryptoKey>;
}

const native = await nativeMlKem();
const titled = 'FIPS 203, ML-KEM-1024 both ways with the engine’s own';
if (!native) test.skip(titled);
else
  test(titled, async () => {
    const subtle = crypto.subtle as unknown as NativeKem;
    for (let i = 0; i < 10; i++) {
      const seed = crypto.getRandomValues(new Uint8Array(64));
      const ours = ml_kem1024.keygen(seed);
      const secret = await subtle.importKey('raw-seed', seed, 'ML-KEM-1024', true, ['decapsulateBits']);
      const theirPublic = await subtle.importKey('raw-public', ours.publicKey, 'ML-KEM-1024', true, [
        'encapsulateBits',
      ]);
      const { ciphertext, sharedKey } = await subtle.encapsulateBits('ML-KEM-1024', theirPublic);
      assert.equal(mlKem1024.decapsulate(new Uint8Array(ciphertext), seed), new Uint8Array(sharedKey));
      const sent = mlKem1024.encapsulate(ours.publicKey);
      const received = await subtle.decapsulateBits('ML-KEM-1024', secret, sent.ciphertext);
      assert.equal(new Uint8Array(received), sent.sharedSecret);
    }
  });

test.run();
