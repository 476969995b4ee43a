/**
 * What can go wrong with an account on this side of the wire.
 *
 * - `account/weak-kdf`: the server asks for a weaker password hash than this client ever uses
 * - `account/password-length`: not 8 to 128 characters
 * - `account/recovery-key-invalid`: not 12 groups of 4 characters of the alphabet
 * - `account/vault-unopenable`: not this account's vault, not this key, or changed
 * - `account/vault-rolled-back`: an older vault than one this device has seen
 * - `account/list-rolled-back`: an older device list than the pinned one
 * - `account/list-forged`: not signed by its identity, another account's, or in conflict with the pinned one
 * - `account/identity-changed`: signed by another account identity than the pinned one
 * - `account/too-many-devices`: the list is full
 * - `account/recovery-key-wrong`: a recovery key that does not open the vault
 * - `account/link-code-wrong`: no link code, or not the one of what the server or the other device holds
 * - `account/device-missing`: this device is not on its account's list
 */
export type AccountErrorCode =
  | 'account/weak-kdf'
  | 'account/password-length'
  | 'account/recovery-key-invalid'
  | 'account/vault-unopenable'
  | 'account/vault-rolled-back'
  | 'account/list-rolled-back'
  | 'account/list-forged'
  | 'account/identity-changed'
  | 'account/too-many-devices'
  | 'account/recovery-key-wrong'
  | 'account/link-code-wrong'
  | 'account/device-missing';

/** A failure with a stable code. Never carries a password, a key or what came from outside. */
export class AccountError extends Error {
  override readonly name = 'AccountError';
  readonly code: AccountErrorCode;

  constructor(code: AccountErrorCode) {
    super(code);
    this.code = code;
  }
}

/** Whether `error` was thrown by this folder. */
export function isAccountError(error: unknown): error is AccountError {
  return error instanceof AccountError;
}
