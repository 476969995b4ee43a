import { changeAccountRequest, openAccountRequest, ProtocolError, startOverRequest } from '@sotto/protocol';
import { route } from '@sotto/service';
import type { Express } from 'express';
import type { Parts } from '../parts.js';
import { requireNewestVersion } from '../records/account-versions.js';
import { sha256 } from '../records/hash.js';
import { answerSession } from '../sessions/session-answer.js';
import type { Caller } from './caller.js';

const asking = ({ sub, sid, did }: Caller) => ({ account: sub, session: sid, device: did });

/** `/api/account`: the password again, and what is changed with it (SPEC H15 to H18). */
export function addAccountRoutes(app: Express, parts: Parts): void {
  const { claims, accounts, sessions, callers, throttle } = parts;

  route(app, 'get', '/api/account', { authenticate: callers.of }, async ({ caller }) => {
    throttle.pass('lookUp', caller.sub);
    return { vault: sha256((await requireNewestVersion(claims, caller.sub)).parts.vault) };
  });

  route(
    app,
    'post',
    '/api/account/open',
    { body: openAccountRequest, authenticate: callers.of },
    async ({ body, caller }) => {
      throttle.pass('passwordAgain', caller.sub);
      const { credentials, vault, deviceList } = await accounts.open(caller.sub, body.authKey);
      return { kdf: credentials.kdf, vault, deviceList };
    },
  );

  route(
    app,
    'post',
    '/api/account',
    { body: changeAccountRequest, authenticate: callers.of },
    async ({ body, caller }) => {
      throttle.pass('passwordAgain', caller.sub);
      throttle.pass('changeDevices', caller.sub);
      await accounts.change(asking(caller), body);
    },
  );

  route(
    app,
    'post',
    '/api/account/start-over',
    { body: startOverRequest, authenticate: callers.of, status: 201 },
    async ({ body, caller }) => {
      throttle.pass('passwordAgain', caller.sub);
      const device = body.device?.id ?? caller.did;
      if (!device) throw new ProtocolError('auth/forbidden', { detail: 'no device' });
      await sessions.requireBindable(caller.sid, device);
      await accounts.startOver(asking(caller), body);
      await sessions.bind(caller.sid, device);
      return answerSession(parts, { id: caller.sid, account: caller.sub, device });
    },
  );
}
