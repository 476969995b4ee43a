import { loginRequest, preloginRequest } from '@sotto/protocol';
import { route } from '@sotto/service';
import type { Express, Request } from 'express';
import { speaksFor } from '../devices/devices.js';
import type { Parts } from '../parts.js';
import { answerSession } from '../sessions/session-answer.js';

/** `/api/prelogin` and `/api/login` (SPEC H4, H5). */
export function addSignInRoutes(app: Express, parts: Parts): void {
  const { claims, signIns, sessions, cookie, throttle } = parts;
  const mayTry = ({ ip }: Request) => throttle.pass('signInFromNetwork', ip);

  route(app, 'post', '/api/prelogin', { body: preloginRequest, authenticate: mayTry }, async ({ body }) => ({
    kdf: await signIns.prelogin(body.login),
  }));

  route(
    app,
    'post',
    '/api/login',
    { body: loginRequest, authenticate: mayTry },
    async ({ body: { login, authKey, device }, response }) => {
      throttle.pass('signInAs', login);
      const { holder, parts: found } = await signIns.signIn(login, authKey);
      const { account } = holder;
      const { credentials, vault, deviceList } = found;
      const bound = device && (await speaksFor(claims, account, device)) ? device : undefined;
      const { session, refreshToken } = await sessions.begin(account, bound);
      cookie.write(response, refreshToken);
      return { ...(await answerSession(parts, session)), kdf: credentials.kdf, vault, deviceList };
    },
  );
}
