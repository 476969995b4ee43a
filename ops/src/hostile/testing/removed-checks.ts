/** A check that a control runs without. */
export interface RemovedCheck {
  /** In words, for the test's title. */
  readonly what: string;
  /** Compiled module, from the project's root: `packages/client/dist/account/kdf.js`. */
  readonly file: string;
  /** Text that stands there exactly once, and what a careless author would have written. */
  readonly find: string;
  readonly replace: string;
}

/** Environment variable with the checks to take out, as JSON. */
export const REMOVED_CHECKS = 'SOTTO_REMOVED_CHECKS';
