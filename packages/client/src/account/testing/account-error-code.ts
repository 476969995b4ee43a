import { AccountError, type AccountErrorCode } from '../errors.js';

/** The code that an action fails with; undefined if it does not. For tests. */
export async function accountErrorCode(action: () => unknown): Promise<AccountErrorCode | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (!(error instanceof AccountError)) throw error;
    return error.code;
  }
}
