import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCryptoError } from './errors.js';
import {
  deserializeIdentityKeyPair,
  generateIdentityKeyPair,
  serializeIdentityKeyPair,
} from './identity-key.js';
import {
  deserializeKyberPreKey,
  deserializePreKey,
  deserializeSignedPreKey,
  generateKyberPreKey,
  generatePreKeys,
  generateRegistrationId,
  generateSignedPreKey,
  serializeKyberPreKey,
  serializePreKey,
  serializeSignedPreKey,
} from './pre-keys.js';
import { encodeFields } from './protobuf.js';
import { fuzzDecoder } from './testing/fuzz-decoder.js';
import { kyberRound3 } from './testing/kyber-round3.js';
import { verify } from './xeddsa.js';

const test = suite('pre-keys');
const identity = generateIdentityKeyPair();
const timestamp = 1_700_000_000_123;

test('identity key pairs survive serialisation; halves of two do not pass', () => {
  assert.equal(deserializeIdentityKeyPair(serializeIdentityKeyPair(identity)), identity);
  assert.is(identity.publicKey.length, 33);
  const mixed = { ...identity, publicKey: generateIdentityKeyPair().publicKey };
  assert.throws(
    () => deserializeIdentityKeyPair(serializeIdentityKeyPair(mixed)),
    (error: unknown) => isCryptoError(error, 'crypto/invalid-key'),
  );
});

test('one-time pre-keys have consecutive ids and keys of their own', () => {
  const keys = generatePreKeys(7, 3);
  assert.equal(
    keys.map(({ id }) => id),
    [7, 8, 9],
  );
  assert.is(new Set(keys.map(({ keyPair }) => keyPair.publicKey.join())).size, 3);
  assert.equal(deserializePreKey(serializePreKey(keys[1]!)), keys[1]);
});

test('X3DH 3.2, signed pre-keys are signed by the identity, as serialised', async () => {
  const signed = generateSignedPreKey(identity, 0xffffffff, timestamp);
  assert.ok(await verify(identity.publicKey, signed.keyPair.publicKey, signed.signature));
  assert.equal(deserializeSignedPreKey(serializeSignedPreKey(signed)), signed);
});

test('PQXDH 3.2, KEM pre-keys are signed with their type byte', async () => {
  for (const lastResort of [true, false]) {
    const kyber = generateKyberPreKey(identity, 5, { lastResort, timestamp });
    assert.is(kyber.keyPair.publicKey[0], 0x0a);
    assert.ok(await verify(identity.publicKey, kyber.keyPair.publicKey, kyber.signature));
    assert.equal(deserializeKyberPreKey(serializeKyberPreKey(kyber)), kyber);
  }
});

test('a KEM pre-key of another KEM does not decode', () => {
  const record = serializeKyberPreKey(generateKyberPreKey(identity, 5, { kem: kyberRound3 }));
  assert.throws(
    () => deserializeKyberPreKey(record),
    (error: unknown) => isCryptoError(error, 'crypto/invalid-state'),
  );
  assert.is(deserializeKyberPreKey(record, kyberRound3).id, 5);
});

test('registration ids are 1 to 16,380', () => {
  for (let i = 0; i < 200; i++) {
    const id = generateRegistrationId();
    assert.ok(Number.isInteger(id) && id >= 1 && id <= 16_380);
  }
});

test('records of another version are refused', () => {
  for (const decode of [deserializePreKey, deserializeSignedPreKey, deserializeKyberPreKey])
    assert.throws(
      () => decode(encodeFields([[1, 2]])),
      (error: unknown) => isCryptoError(error, 'crypto/invalid-state'),
    );
});

test('fuzz: records decode or throw typed errors', async () => {
  const targets: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
    ['pre-key', serializePreKey(generatePreKeys(1, 1)[0]!), deserializePreKey],
    ['signed pre-key', serializeSignedPreKey(generateSignedPreKey(identity, 1)), deserializeSignedPreKey],
    [
      'KEM pre-key',
      serializeKyberPreKey(generateKyberPreKey(identity, 1)),
      (bytes) => deserializeKyberPreKey(bytes),
    ],
    ['identity', serializeIdentityKeyPair(identity), deserializeIdentityKeyPair],
  ];
  for (const [name, valid, decode] of targets)
    assert.ok((await fuzzDecoder(name, valid, decode, 500)).rejected > 50);
});

test.run();
