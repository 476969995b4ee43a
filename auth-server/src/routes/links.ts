import {
  approveLinkRequest,
  linkSecretRequest,
  newLinkRequest,
  ProtocolError,
  ticketId,
} from '@sotto/protocol';
import { route } from '@sotto/service';
import type { Express, Request } from 'express';
import * as v from 'valibot';
import type { Parts } from '../parts.js';
import { answerSession } from '../sessions/session-answer.js';

const params = v.object({ ticket: v.fallback(v.nullable(ticketId), null) });

/** What can't be a ticket is nobody's. */
function known(ticket: string | null): string {
  if (ticket === null) throw new ProtocolError('auth/link-unknown');
  return ticket;
}

/** `/api/links`: linking a device by the code that it shows (SPEC H20). */
export function addLinkRoutes(app: Express, parts: Parts): void {
  const { tickets, callers, cookie, throttle } = parts;
  const mayAsk = ({ ip }: Request) => throttle.pass('ticketsFromNetwork', ip);
  const mayTry = ({ ip }: Request) => throttle.pass('ticketUseFromNetwork', ip);

  route(app, 'post', '/api/links', { body: newLinkRequest, authenticate: mayAsk, status: 201 }, ({ body }) =>
    tickets.open(body.device),
  );

  route(
    app,
    'get',
    '/api/links/:ticket',
    { params, authenticate: callers.deviceOf },
    ({ params: { ticket }, caller }) => {
      throttle.pass('lookUp', caller.sub);
      return tickets.look(known(ticket));
    },
  );

  route(
    app,
    'post',
    '/api/links/:ticket/approve',
    { params, body: approveLinkRequest, authenticate: callers.deviceOf },
    async ({ params: { ticket }, body, caller }) => {
      throttle.pass('passwordAgain', caller.sub);
      throttle.pass('changeDevices', caller.sub);
      await tickets.approve(caller.sub, caller.did, known(ticket), body);
    },
  );

  route(
    app,
    'post',
    '/api/links/:ticket/wait',
    { params, body: linkSecretRequest, authenticate: mayTry },
    ({ params: { ticket }, body }) => tickets.wait(known(ticket), body.secret),
  );

  route(
    app,
    'post',
    '/api/links/:ticket/complete',
    { params, body: linkSecretRequest, authenticate: mayTry, status: 201 },
    async ({ params: { ticket }, body, response }) => {
      const { session, refreshToken } = await tickets.complete(known(ticket), body.secret);
      cookie.write(response, refreshToken);
      return answerSession(parts, session);
    },
  );

  route(
    app,
    'post',
    '/api/links/:ticket/cancel',
    { params, body: linkSecretRequest, authenticate: mayTry },
    ({ params: { ticket }, body }) => tickets.cancel(known(ticket), body.secret),
  );
}
