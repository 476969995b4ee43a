import { checkLinkRequest, completeSignUpRequest, signUpRequest } from '@sotto/protocol';
import { route } from '@sotto/service';
import type { Express, Request } from 'express';
import type { Parts } from '../parts.js';
import { answerSession } from '../sessions/session-answer.js';

/** `/api/signup`: a mailed link, and an account made with it (SPEC H1 to H3). */
export function addSignUpRoutes(app: Express, parts: Parts): void {
  const { links, signUps, sessions, cookie, throttle } = parts;
  const mayAsk = ({ ip }: Request) => throttle.pass('signUpFromNetwork', ip);
  const mayTry = ({ ip }: Request) => throttle.pass('linkFromNetwork', ip);

  route(
    app,
    'post',
    '/api/signup',
    { body: signUpRequest, authenticate: mayAsk, status: 202 },
    async ({ body }) => {
      throttle.pass('signUpToAddress', body.email);
      await links.request(body.email);
    },
  );

  route(
    app,
    'post',
    '/api/signup/check',
    { body: checkLinkRequest, authenticate: mayTry },
    async ({ body }) => {
      const { email } = await links.check(body.token);
      return { email };
    },
  );

  route(
    app,
    'post',
    '/api/signup/complete',
    { body: completeSignUpRequest, authenticate: mayTry, status: 201 },
    async ({ body, response }) => {
      const { account } = await signUps.complete(body);
      const { session, refreshToken } = await sessions.begin(account, body.device.id);
      cookie.write(response, refreshToken);
      return answerSession(parts, session);
    },
  );
}
