import { generateKeyPair, type KeyPair, keyPairFromPrivateKey, type PublicKey } from './curve25519.js';
import { InvalidStateError } from './errors.js';
import type { IdentityKey, IdentityKeyPair } from './identity-key.js';
import { generateKemKeyPair, type Kem, type KemKeyPair, mlKem1024 } from './kem.js';
import { decodeFields, encodeFields, type FieldReader } from './protobuf.js';
import { assertSignature, SIGNATURE_LENGTH, sign } from './xeddsa.js';

/** A one-time Curve25519 pre-key. */
export interface PreKeyRecord {
  /** Unsigned 32-bit id, unique among the device's one-time pre-keys. */
  readonly id: number;
  readonly keyPair: KeyPair;
}

/** A Curve25519 pre-key signed by the identity key, kept for weeks and used by everyone. */
export interface SignedPreKeyRecord extends PreKeyRecord {
  /** When it was made, in ms since 1970. */
  readonly timestamp: number;
  /** XEdDSA signature over the serialised public key (64 bytes). */
  readonly signature: Uint8Array;
}

/** A signed KEM pre-key ("Kyber" by Signal's name for it): one-time, or the last resort when those run out. */
export interface KyberPreKeyRecord {
  readonly id: number;
  readonly keyPair: KemKeyPair;
  /** When it was made, in ms since 1970. */
  readonly timestamp: number;
  /** XEdDSA signature over the serialised public key, type byte included (64 bytes). */
  readonly signature: Uint8Array;
  readonly lastResort: boolean;
}

/** What someone fetches to begin a session with a device that may be offline (X3DH, section 3.3; PQXDH, section 3.3). */
export interface PreKeyBundle {
  readonly registrationId: number;
  readonly identityKey: IdentityKey;
  readonly signedPreKeyId: number;
  readonly signedPreKey: PublicKey;
  readonly signedPreKeySignature: Uint8Array;
  readonly kyberPreKeyId: number;
  /** Serialised: type byte and encapsulation key. */
  readonly kyberPreKey: Uint8Array;
  readonly kyberPreKeySignature: Uint8Array;
  /** Absent when the device has no one-time pre-key left. */
  readonly oneTimePreKey?: { readonly id: number; readonly publicKey: PublicKey };
}

/** A registration id as Signal draws them: 1 to 16,380. It tells one installation of a device from the next. */
export function generateRegistrationId(): number {
  return 1 + (crypto.getRandomValues(new Uint32Array(1))[0]! % 16_380);
}

/** Makes `count` one-time pre-keys with ids from `startId` up. */
export function generatePreKeys(startId: number, count: number): PreKeyRecord[] {
  return Array.from({ length: count }, (_, i) => ({ id: startId + i, keyPair: generateKeyPair() }));
}

/** Makes a signed pre-key. */
export function generateSignedPreKey(
  identity: IdentityKeyPair,
  id: number,
  timestamp: number = Date.now(),
): SignedPreKeyRecord {
  const keyPair = generateKeyPair();
  return { id, keyPair, timestamp, signature: sign(identity.privateKey, keyPair.publicKey) };
}

/** Makes a signed KEM pre-key: a one-time one unless `lastResort`. */
export function generateKyberPreKey(
  identity: IdentityKeyPair,
  id: number,
  options: { lastResort?: boolean; timestamp?: number; kem?: Kem } = {},
): KyberPreKeyRecord {
  const { lastResort = false, timestamp = Date.now(), kem = mlKem1024 } = options;
  const keyPair = generateKemKeyPair(kem);
  return { id, keyPair, timestamp, lastResort, signature: sign(identity.privateKey, keyPair.publicKey) };
}

/**
 * Checks that a bundle's signed pre-keys are its identity's.
 * @throws InvalidSignatureError, InvalidKeyError
 */
export async function verifyPreKeyBundle(bundle: PreKeyBundle): Promise<void> {
  await assertSignature(bundle.identityKey, bundle.signedPreKey, bundle.signedPreKeySignature);
  await assertSignature(bundle.identityKey, bundle.kyberPreKey, bundle.kyberPreKeySignature);
}

const RECORD_VERSION = 1;
const malformed = () => new InvalidStateError('The pre-key record does not decode.');

function decodeRecord(bytes: Uint8Array): FieldReader {
  const fields = decodeFields(bytes, malformed);
  if (fields.uint(1) !== RECORD_VERSION) throw malformed();
  return fields;
}

/** Serialises a one-time pre-key, secret included. */
export function serializePreKey(record: PreKeyRecord): Uint8Array {
  return encodeFields([
    [1, RECORD_VERSION],
    [2, record.id],
    [3, record.keyPair.privateKey],
  ]);
}

/** @throws InvalidStateError, InvalidKeyError */
export function deserializePreKey(bytes: Uint8Array): PreKeyRecord {
  const fields = decodeRecord(bytes);
  return { id: fields.uint(2), keyPair: keyPairFromPrivateKey(fields.bytes(3)) };
}

/** Serialises a signed pre-key, secret included. */
export function serializeSignedPreKey(record: SignedPreKeyRecord): Uint8Array {
  return encodeFields([
    [1, RECORD_VERSION],
    [2, record.id],
    [3, record.keyPair.privateKey],
    [4, record.timestamp],
    [5, record.signature],
  ]);
}

/** @throws InvalidStateError, InvalidKeyError */
export function deserializeSignedPreKey(bytes: Uint8Array): SignedPreKeyRecord {
  const fields = decodeRecord(bytes);
  return {
    id: fields.uint(2),
    keyPair: keyPairFromPrivateKey(fields.bytes(3)),
    timestamp: fields.uint(4, Number.MAX_SAFE_INTEGER),
    signature: fields.bytes(5, SIGNATURE_LENGTH),
  };
}

/** Serialises a KEM pre-key, secret included. */
export function serializeKyberPreKey(record: KyberPreKeyRecord): Uint8Array {
  return encodeFields([
    [1, RECORD_VERSION],
    [2, record.id],
    [3, record.keyPair.secretKey],
    [4, record.timestamp],
    [5, record.signature],
    [6, record.keyPair.publicKey],
    [7, record.lastResort ? 1 : 0],
  ]);
}

/** @throws InvalidStateError unless the bytes are a record of this KEM */
export function deserializeKyberPreKey(bytes: Uint8Array, kem: Kem = mlKem1024): KyberPreKeyRecord {
  const fields = decodeRecord(bytes);
  const publicKey = fields.bytes(6, kem.publicKeyLength + 1);
  if (publicKey[0] !== kem.keyType) throw malformed();
  return {
    id: fields.uint(2),
    keyPair: { publicKey, secretKey: fields.bytes(3, kem.secretKeyLength) },
    timestamp: fields.uint(4, Number.MAX_SAFE_INTEGER),
    signature: fields.bytes(5, SIGNATURE_LENGTH),
    lastResort: fields.uint(7, 1) === 1,
  };
}
