import * as v from 'valibot';
import { binary, binaryOf, count, deviceId } from '../bytes/schemas.js';
import { DEVICE_LIST_BYTES } from '../device-list.js';
import { LIMITS } from '../limits.js';

/** An address as people type it; compared in lower case. */
export const email = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(LIMITS.emailMax),
  v.email(),
  v.transform((text) => text.toLowerCase()),
);

/** 3 to 32 of a-z, 0-9, dot, hyphen and underscore, beginning with a letter; compared in lower case. */
export const username = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(LIMITS.usernameMin),
  v.maxLength(LIMITS.usernameMax),
  v.transform((text) => text.toLowerCase()),
  v.regex(/^[a-z][a-z0-9._-]*$/),
);

/** What a person signs in with: either of the above. */
export const login = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(LIMITS.emailMax),
  v.transform((text) => text.toLowerCase()),
);

/** How the password becomes keys. The client enforces its own floor on these (SPEC K2). */
export const kdf = v.strictObject({
  algorithm: v.literal('argon2id'),
  memoryKiB: v.pipe(count, v.minValue(65_536), v.maxValue(1_048_576)),
  passes: v.pipe(count, v.minValue(3), v.maxValue(64)),
  lanes: v.pipe(count, v.minValue(1), v.maxValue(16)),
  salt: binaryOf(16),
});

/** As a server says it: a client refuses a weak one by its own rule, and says why. */
export const servedKdf = v.strictObject({
  ...kdf.entries,
  memoryKiB: v.pipe(count, v.maxValue(1_048_576)),
  passes: v.pipe(count, v.maxValue(64)),
  lanes: v.pipe(count, v.maxValue(16)),
});

/** The half of the derived key that authenticates; the other never leaves the browser. */
export const authKey = binaryOf(32);
/** Sealed by the password's other half and by the recovery key; the server can open neither. */
export const vault = binary(8_192);
export const deviceList = binary(DEVICE_LIST_BYTES);

const keyId = v.pipe(count, v.minValue(1), v.maxValue(0xffffff));
const publicKey = binaryOf(33);
const signature = binaryOf(64);
const kemPublicKey = binary(2_048);

export const oneTimePreKey = v.strictObject({ id: keyId, key: publicKey });
export const signedPreKey = v.strictObject({ id: keyId, key: publicKey, signature });
export const kemPreKey = v.strictObject({ id: keyId, key: kemPublicKey, signature });

/** Public halves of what others need to open a session with a device. */
export const devicePreKeys = v.strictObject({
  signed: signedPreKey,
  /** Handed out whenever no one-time KEM key is left. */
  lastResortKem: kemPreKey,
  oneTime: v.pipe(v.array(oneTimePreKey), v.maxLength(LIMITS.preKeyBatch)),
  oneTimeKem: v.pipe(v.array(kemPreKey), v.maxLength(LIMITS.preKeyBatch)),
});

export const newDevice = v.strictObject({
  id: deviceId,
  registrationId: v.pipe(count, v.minValue(1), v.maxValue(0x3fff)),
  identityKey: publicKey,
  preKeys: devicePreKeys,
});

export const token = binaryOf(32);
export { publicKey };
