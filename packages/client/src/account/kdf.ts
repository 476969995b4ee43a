import { type fields, LIMITS } from '@sotto/protocol';
import type { InferOutput } from 'valibot';
import { argon2id } from '../crypto/argon2id.js';
import { AccountError } from './errors.js';

/** How a password becomes keys: Argon2id (RFC 9106), `memoryKiB` in KiB, `salt` of 16 bytes. */
export type KdfParameters = InferOutput<typeof fields.kdf>;

/** What a password is good for. */
export interface PasswordKeys {
  /** 32 bytes that the server gets, to know the person by. */
  readonly authKey: Uint8Array;
  /** 32 bytes that open the vault, and never leave this device. */
  readonly vaultHalf: Uint8Array;
}

/** Whatever the server says, no password is hashed with less. */
const FLOOR = { memoryKiB: 65_536, passes: 3, saltBytes: 16 } as const;
const KEY_BYTES = 32;

/** Parameters for a new password: the floor, and a fresh salt. */
export function newKdf(): KdfParameters {
  const { memoryKiB, passes, saltBytes } = FLOOR;
  const salt = crypto.getRandomValues(new Uint8Array(saltBytes));
  return { algorithm: 'argon2id', memoryKiB, passes, lanes: 1, salt };
}

/**
 * Refuses parameters under which a password would be cheap to guess: a server could ask for them to learn it.
 * @throws AccountError `account/weak-kdf`
 */
export function assertStrongKdf(kdf: KdfParameters): void {
  const strong =
    kdf.algorithm === 'argon2id' &&
    kdf.memoryKiB >= FLOOR.memoryKiB &&
    kdf.passes >= FLOOR.passes &&
    kdf.lanes >= 1 &&
    kdf.salt.length === FLOOR.saltBytes;
  if (!strong) throw new AccountError('account/weak-kdf');
}

/**
 * Refuses a new password of a length that the account cannot have.
 * @throws AccountError `account/password-length`
 */
export function assertPasswordLength(password: string): void {
  const { length } = [...password.normalize('NFKC')];
  if (length < LIMITS.passwordMin || length > LIMITS.passwordMax)
    throw new AccountError('account/password-length');
}

/**
 * Derives both keys of a password: Argon2id over its NFKC form in UTF-8, 64 bytes, in two halves.
 * @throws AccountError `account/weak-kdf`
 */
export async function derivePasswordKeys(password: string, kdf: KdfParameters): Promise<PasswordKeys> {
  assertStrongKdf(kdf);
  const bytes = new TextEncoder().encode(password.normalize('NFKC'));
  const { salt, memoryKiB, passes, lanes } = kdf;
  const output = await argon2id(bytes, salt, { memoryKiB, passes, lanes, length: 2 * KEY_BYTES });
  return { authKey: output.slice(0, KEY_BYTES), vaultHalf: output.slice(KEY_BYTES) };
}
