import { AccountError } from './errors.js';
import type { AccountApi } from './http-api.js';
import { parseRecoveryKey } from './recovery-key.js';
import { enterAs, logIn, orSignedOut, type SignedIn, type SignInInput, verifiedList } from './sign-in.js';
import { tryAgain, waitFor } from './try-again.js';
import { openVaultWithRecoveryKey, sealVault, vaultHash } from './vault.js';

/**
 * Signs in where the vault is sealed by a password of before: the recovery key opens it, and it is sealed by the present password.
 * @param input `recoveryKey` as it was shown
 * @throws as signIn; AccountError `account/recovery-key-wrong`, `account/recovery-key-invalid`
 */
export async function recover(
  api: AccountApi,
  input: SignInInput & { readonly recoveryKey: string },
): Promise<SignedIn> {
  const recoveryKey = parseRecoveryKey(input.recoveryKey);
  const begun = await logIn(api, input);
  return orSignedOut(api, async () => {
    const { account, sealed } = begun;
    const before = await openVaultWithRecoveryKey(sealed, { account, recoveryKey }).catch(keyIsWrong);
    const list = await verifiedList(begun, before, input);
    const vault = { ...before, version: before.version + 1 };
    const request = {
      authKey: begun.authKey,
      vault: { previous: await vaultHash(sealed), sealed: new Uint8Array(await sealVault(vault, begun)) },
    };
    await tryAgain(() => api.changeAccount(request), input.wait ?? waitFor);
    return enterAs(api, { ...begun, sealed: request.vault.sealed }, vault, list, input);
  });
}

function keyIsWrong(error: unknown): never {
  if (error instanceof AccountError && error.code === 'account/vault-unopenable')
    throw new AccountError('account/recovery-key-wrong');
  throw error;
}
