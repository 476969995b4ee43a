/**
 * What can go wrong in this device's stores. `store/unopenable`: a value does not open under this key, because it is
 * another account's or was changed on disk. `store/write-failed`: the driver refused a write. `store/keyring-exists`: this
 * browser keeps somebody's store key already.
 */
export type StoreErrorCode = 'store/unopenable' | 'store/write-failed' | 'store/keyring-exists';

/** A failure of a local store. Never carries values or keys. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, options: { cause?: unknown } = {}) {
    super(code, { cause: options.cause });
    this.code = code;
  }
}
