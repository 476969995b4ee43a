import type { AccountApi } from './http-api.js';
import { assertPasswordLength, derivePasswordKeys, newKdf } from './kdf.js';
import { readToken } from './mailed-token.js';
import { tryAgain, type Wait, waitFor } from './try-again.js';

/**
 * Sets a new password by a mailed link. It signs in; the vault stays sealed by the one before (SPEC K8).
 * @param input `token` from the link, 32 bytes in base64url
 * @throws AccountError `account/password-length`; ProtocolError `auth/link-*`, `service/unavailable`
 */
export async function completeReset(
  api: AccountApi,
  { token, password, wait = waitFor }: { token: string; password: string; wait?: Wait },
): Promise<void> {
  const secret = readToken(token);
  assertPasswordLength(password);
  const kdf = newKdf();
  const { authKey } = await derivePasswordKeys(password, kdf);
  const request = { token: secret, kdf, authKey: new Uint8Array(authKey) };
  await tryAgain(() => api.completeReset(request), wait);
}
