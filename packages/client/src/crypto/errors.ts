/**
 * Errors of the crypto library. Each has a stable `code`; messages are constant sentences of ours and never
 * hold key bytes, plaintext or ciphertext.
 */
abstract class CryptoErrorBase extends Error {
  abstract readonly code: `crypto/${string}`;

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** A signature does not verify under the key it should be by. */
export class InvalidSignatureError extends CryptoErrorBase {
  readonly code = 'crypto/invalid-signature';
}

/** A message is malformed, or fails authentication or decryption. */
export class InvalidMessageError extends CryptoErrorBase {
  readonly code = 'crypto/invalid-message';
}

/** The message's version byte is not the one this library speaks. */
export class UnsupportedVersionError extends CryptoErrorBase {
  readonly code = 'crypto/unsupported-version';
}

/** Bytes that should be a key are not an acceptable one. */
export class InvalidKeyError extends CryptoErrorBase {
  readonly code = 'crypto/invalid-key';
}

/** A store has no key under the id that a message names. */
export class InvalidKeyIdError extends CryptoErrorBase {
  readonly code = 'crypto/invalid-key-id';
}

/** Stored state does not decode: another version, or damaged. */
export class InvalidStateError extends CryptoErrorBase {
  readonly code = 'crypto/invalid-state';
}

/** The identity store does not trust the other side's identity key. */
export class UntrustedIdentityError extends CryptoErrorBase {
  readonly code = 'crypto/untrusted-identity';
}

/** The message was opened before, or its key has been dropped since. */
export class DuplicateMessageError extends CryptoErrorBase {
  readonly code = 'crypto/duplicate-message';
}

/** There is no session with this address to encrypt or decrypt under. */
export class NoSessionError extends CryptoErrorBase {
  readonly code = 'crypto/no-session';
}

/** There is no sender key for this chain, or it begins after the iteration asked for. */
export class NoSenderKeyError extends CryptoErrorBase {
  readonly code = 'crypto/no-sender-key';
}

/** A counter is further ahead than this library steps a chain for. */
export class TooFarError extends CryptoErrorBase {
  readonly code = 'crypto/too-far';
}

/** Everything this library throws on purpose; narrow it by `code`. */
export type CryptoError =
  | InvalidSignatureError
  | InvalidMessageError
  | UnsupportedVersionError
  | InvalidKeyError
  | InvalidKeyIdError
  | InvalidStateError
  | UntrustedIdentityError
  | DuplicateMessageError
  | NoSessionError
  | NoSenderKeyError
  | TooFarError;

export type CryptoErrorCode = CryptoError['code'];

/** Whether `error` was thrown by this library, and with `code` if one is given. */
export function isCryptoError<C extends CryptoErrorCode = CryptoErrorCode>(
  error: unknown,
  code?: C,
): error is Extract<CryptoError, { code: C }> {
  return error instanceof CryptoErrorBase && (code === undefined || error.code === code);
}
