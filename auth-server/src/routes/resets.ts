import { checkResetRequest, completeResetRequest, resetRequest } from '@sotto/protocol';
import { route } from '@sotto/service';
import type { Express, Request } from 'express';
import type { Parts } from '../parts.js';

/** `/api/reset`: another password by a mailed link (SPEC H19). */
export function addResetRoutes(app: Express, { resets, throttle }: Parts): void {
  const mayAsk = ({ ip }: Request) => throttle.pass('resetFromNetwork', ip);
  const mayTry = ({ ip }: Request) => throttle.pass('linkFromNetwork', ip);

  route(
    app,
    'post',
    '/api/reset',
    { body: resetRequest, authenticate: mayAsk, status: 202 },
    async ({ body }) => {
      throttle.pass('resetOfAddress', body.email);
      await resets.request(body.email);
    },
  );

  route(
    app,
    'post',
    '/api/reset/check',
    { body: checkResetRequest, authenticate: mayTry },
    async ({ body }) => {
      const { email } = await resets.check(body.token);
      return { email };
    },
  );

  route(
    app,
    'post',
    '/api/reset/complete',
    { body: completeResetRequest, authenticate: mayTry },
    ({ body }) => resets.complete(body),
  );
}
