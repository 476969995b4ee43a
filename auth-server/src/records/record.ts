import { DEVICE_LIST_BYTES, decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';

/** How the body of one family of claims is written and read. */
export interface RecordFormat<T> {
  encode(value: T): Uint8Array;
  /** @throws DecodeError when the store holds something else: a fault of ours, never of a request */
  decode(bytes: Uint8Array): T;
}

function record<const S extends v.GenericSchema>(schema: S): RecordFormat<v.InferOutput<S>> {
  return { encode: encodeCbor, decode: (bytes) => decodeCbor(schema, bytes) };
}

const { accountId, bytes, bytesOf, count, deviceId } = schemas;
const one = v.literal(1);

/** A mailed link. `expires` in milliseconds since 1970. */
export const linkRecord = record(v.strictObject({ v: one, email: v.string(), expires: count }));

/** Who holds a username, an address or a link. */
export const holderRecord = record(v.strictObject({ v: one, account: accountId }));

const liveAccount = v.strictObject({
  v: one,
  state: v.literal('live'),
  username: v.string(),
  email: v.string(),
  /** Hash of the link that it was made with. */
  link: v.string(),
  created: count,
});
/** `void` marks a sign-up that broke off: what it had taken is free again. */
const voidAccount = v.strictObject({ v: one, state: v.literal('void') });

export const accountRecord = record(v.variant('state', [liveAccount, voidAccount]));
export type LiveAccount = v.InferOutput<typeof liveAccount>;

/** A person's half of the key derivation, and our hash of what they sign in with. */
const credentials = v.strictObject({
  kdf: v.strictObject({
    algorithm: v.literal('argon2id'),
    memoryKiB: count,
    passes: count,
    lanes: count,
    salt: bytesOf(16),
  }),
  hash: v.string(),
  /** How many passwords the account has had, from 1. */
  generation: count,
  /** Hash of the mailed link that they were set by; empty otherwise. */
  resetBy: v.string(),
});
export type Credentials = v.InferOutput<typeof credentials>;
export type Kdf = Credentials['kdf'];

/** What an account consists of. One claim a version decides all of it. */
export const accountVersionRecord = record(
  v.strictObject({ v: one, credentials, vault: bytes(8_192), deviceList: bytes(DEVICE_LIST_BYTES) }),
);
export type AccountParts = ReturnType<typeof accountVersionRecord.decode>;

/** A mailed link for another password: good while the account's credentials are of this generation. */
export const resetLinkRecord = record(
  v.strictObject({ v: one, account: accountId, email: v.string(), generation: count, expires: count }),
);

const signedKey = v.strictObject({ id: count, key: bytes(2_048), signature: bytesOf(64) });
/** A browser that asks to be linked, with the public halves of its keys. */
export const linkTicketRecord = record(
  v.strictObject({
    v: one,
    /** Hash of what it asks by. */
    secret: v.string(),
    expires: count,
    device: v.strictObject({
      id: deviceId,
      registrationId: count,
      identityKey: bytesOf(33),
      preKeys: v.strictObject({
        signed: signedKey,
        lastResortKem: signedKey,
        oneTime: v.array(v.strictObject({ id: count, key: bytesOf(33) })),
        oneTimeKem: v.array(signedKey),
      }),
    }),
  }),
);
export type LinkTicket = ReturnType<typeof linkTicketRecord.decode>;
export const linkAnswerRecord = record(
  v.strictObject({ v: one, account: accountId, device: deviceId, sealed: bytes(16_384) }),
);

export const deviceRecord = record(
  v.strictObject({ v: one, account: accountId, registrationId: count, identityKey: bytesOf(33) }),
);

export const curvePreKeyRecord = record(v.strictObject({ v: one, id: count, key: bytesOf(33) }));
export const signedPreKeyRecord = record(
  v.strictObject({ v: one, id: count, key: bytesOf(33), signature: bytesOf(64) }),
);
export const kemPreKeyRecord = record(
  v.strictObject({ v: one, id: count, key: bytes(2_048), signature: bytesOf(64) }),
);

export const sessionRecord = record(
  v.strictObject({ v: one, account: accountId, device: v.optional(deviceId), created: count }),
);
export const sessionDeviceRecord = record(v.strictObject({ v: one, device: deviceId }));
/** When a refresh token was used, milliseconds since 1970. */
export const refreshUseRecord = record(v.strictObject({ v: one, at: count }));
export const emptyRecord = record(v.strictObject({ v: one }));
