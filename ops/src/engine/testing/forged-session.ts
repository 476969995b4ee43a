import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { ACCESS_AUDIENCE, type AccountId, type DeviceId, randomId, TOKEN_ISSUER } from '@sotto/protocol';
import { loadSecrets } from '@sotto/service';
import type { RunningServers } from './running-servers.js';

/** A session that no honest server would give: for a device that was removed, say. As `POST /api/session/refresh` answers. */
export async function forgedSession(
  { folder }: RunningServers,
  { account, device, username }: { account: AccountId; device: DeviceId; username: string },
): Promise<object> {
  const key = createPrivateKey({ key: (await loadSecrets(folder)).tokenKey, format: 'jwk' });
  const now = Math.floor(Date.now() / 1_000);
  const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    ...{ iss: TOKEN_ISSUER, aud: ACCESS_AUDIENCE, sub: account, sid: randomId(), did: device },
    ...{ jti: randomUUID(), iat: now, exp: now + 600 },
  };
  const signed = `${text({ alg: 'EdDSA' })}.${text(claims)}`;
  const accessToken = `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
  return { account, username, email: '', device, accessToken, expiresIn: 600 };
}
