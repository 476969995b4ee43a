import {
  type DeviceId,
  decodeCbor,
  encodeCbor,
  type fields,
  LIMITS,
  type ListedDevice,
  randomId,
  schemas,
} from '@sotto/protocol';
import * as v from 'valibot';
import {
  deserializeIdentityKeyPair,
  deserializeKyberPreKey,
  deserializeSignedPreKey,
  generateIdentityKeyPair,
  generateKyberPreKey,
  generatePreKeys,
  generateRegistrationId,
  generateSignedPreKey,
  type IdentityKeyPair,
  type KyberPreKeyRecord,
  type PreKeyRecord,
  type SignedPreKeyRecord,
  serializeIdentityKeyPair,
  serializeKyberPreKey,
  serializePreKey,
  serializeSignedPreKey,
} from '../crypto/index.js';
import type { KeyStore, KeyWrite } from '../store/key-store.js';
import { AccountError } from './errors.js';
import { SIGNAL_KEYS } from './signal-keys.js';

/** Public halves, as the server takes them. */
export type DevicePreKeys = v.InferOutput<typeof fields.devicePreKeys>;
export type NewDevice = v.InferOutput<typeof fields.newDevice>;

/** A device that was made here: nobody knows it before its list is published. */
export interface MadeDevice {
  readonly id: DeviceId;
  readonly identity: IdentityKeyPair;
  /** Its line on the account's list. */
  readonly listed: ListedDevice;
  /** For the key store, before the device is published. */
  readonly secrets: readonly KeyWrite[];
  /** For the server. */
  readonly published: NewDevice;
}

/** A KEM key is 1.5 kB, so a device offers few. */
const ONE_TIME_KEM = 5;
const ONE_TIME_KEM_LOW = 2;
/** Signed keys change rarely; the last resort shares its numbers with the one-time KEM keys. */
const SIGNED_ID = 1;
const LAST_RESORT_ID = 1;
/** Ids on the wire have 24 bits. */
const MAX_ID = 0xffffff;

const nextIds = v.strictObject({ oneTime: schemas.count, kem: schemas.count });
const registration = v.strictObject({ device: schemas.deviceId, registrationId: schemas.count });

/**
 * Makes a device with all its keys.
 * @param options `name` people know it by; `now` milliseconds since 1970
 */
export function makeDevice(options: { name: string; now?: number }): MadeDevice {
  const { name, now = Date.now() } = options;
  const id = randomId<DeviceId>();
  const identity = generateIdentityKeyPair();
  const registrationId = generateRegistrationId();
  const signed = generateSignedPreKey(identity, SIGNED_ID, now);
  const lastResort = generateKyberPreKey(identity, LAST_RESORT_ID, { lastResort: true, timestamp: now });
  const oneTime = generatePreKeys(1, LIMITS.preKeyLow);
  const kem = generateKyberPreKeys(identity, LAST_RESORT_ID + 1, ONE_TIME_KEM, now);
  const identityKey = new Uint8Array(identity.publicKey);
  return {
    id,
    identity,
    listed: { id, key: identityKey, name, kind: 'device', added: now },
    published: { id, registrationId, identityKey, preKeys: publicPreKeys(signed, lastResort, oneTime, kem) },
    secrets: [
      { key: SIGNAL_KEYS.identity, value: serializeIdentityKeyPair(identity) },
      { key: SIGNAL_KEYS.registration, value: encodeCbor({ device: id, registrationId }) },
      { key: SIGNAL_KEYS.signedPreKey(signed.id), value: serializeSignedPreKey(signed) },
      ...oneTimeSecrets(oneTime, [lastResort, ...kem]),
      nextIdsAfter(1 + oneTime.length, LAST_RESORT_ID + 1 + kem.length),
    ],
  };
}

/** Who this device is, from its key store; undefined if no device was stored there. */
export async function storedDevice(
  keys: KeyStore,
): Promise<{ device: DeviceId; registrationId: number; identity: IdentityKeyPair } | undefined> {
  const [identity, record] = await Promise.all([
    keys.get(SIGNAL_KEYS.identity),
    keys.get(SIGNAL_KEYS.registration),
  ]);
  if (!identity || !record) return undefined;
  return { ...decodeCbor(registration, record), identity: deserializeIdentityKeyPair(identity) };
}

/**
 * Makes more one-time pre-keys where the server has few left.
 * @param left how many of each kind the server has
 * @returns secrets to write before `upload` is sent; undefined while there are enough
 * @throws AccountError `account/device-missing` if the store holds no device
 */
export async function morePreKeys(
  keys: KeyStore,
  left: { readonly oneTime: number; readonly oneTimeKem: number },
): Promise<{ secrets: KeyWrite[]; upload: DevicePreKeys } | undefined> {
  const wanted = left.oneTime < LIMITS.preKeyLow ? LIMITS.preKeyBatch : 0;
  const wantedKem = left.oneTimeKem < ONE_TIME_KEM_LOW ? ONE_TIME_KEM : 0;
  if (wanted + wantedKem === 0) return undefined;
  const device = await storedDevice(keys);
  const stored = await Promise.all([
    keys.get(SIGNAL_KEYS.signedPreKey(SIGNED_ID)),
    keys.get(SIGNAL_KEYS.kyberPreKey(LAST_RESORT_ID)),
    keys.get(SIGNAL_KEYS.nextIds),
  ]);
  const [signed, lastResort, ids] = stored;
  if (!device || !signed || !lastResort || !ids) throw new AccountError('account/device-missing');
  const next = decodeCbor(nextIds, ids);
  if (next.oneTime + wanted > MAX_ID || next.kem + wantedKem > MAX_ID)
    throw new RangeError('pre-key ids used up');
  const oneTime = generatePreKeys(next.oneTime, wanted);
  const kem = generateKyberPreKeys(device.identity, next.kem, wantedKem, Date.now());
  return {
    secrets: [...oneTimeSecrets(oneTime, kem), nextIdsAfter(next.oneTime + wanted, next.kem + wantedKem)],
    upload: publicPreKeys(deserializeSignedPreKey(signed), deserializeKyberPreKey(lastResort), oneTime, kem),
  };
}

function generateKyberPreKeys(
  identity: IdentityKeyPair,
  startId: number,
  count: number,
  timestamp: number,
): KyberPreKeyRecord[] {
  return Array.from({ length: count }, (_, at) => generateKyberPreKey(identity, startId + at, { timestamp }));
}

function oneTimeSecrets(oneTime: readonly PreKeyRecord[], kem: readonly KyberPreKeyRecord[]): KeyWrite[] {
  return [
    ...oneTime.map((record) => ({ key: SIGNAL_KEYS.preKey(record.id), value: serializePreKey(record) })),
    ...kem.map((record) => ({
      key: SIGNAL_KEYS.kyberPreKey(record.id),
      value: serializeKyberPreKey(record),
    })),
  ];
}

function nextIdsAfter(oneTime: number, kem: number): KeyWrite {
  return { key: SIGNAL_KEYS.nextIds, value: encodeCbor({ oneTime, kem }) };
}

function publicPreKeys(
  signed: SignedPreKeyRecord,
  lastResort: KyberPreKeyRecord,
  oneTime: readonly PreKeyRecord[],
  kem: readonly KyberPreKeyRecord[],
): DevicePreKeys {
  return {
    signed: publicSigned(signed),
    lastResortKem: publicSigned(lastResort),
    oneTime: oneTime.map(({ id, keyPair }) => ({ id, key: new Uint8Array(keyPair.publicKey) })),
    oneTimeKem: kem.map(publicSigned),
  };
}

function publicSigned({ id, keyPair, signature }: SignedPreKeyRecord | KyberPreKeyRecord) {
  return { id, key: new Uint8Array(keyPair.publicKey), signature: new Uint8Array(signature) };
}
