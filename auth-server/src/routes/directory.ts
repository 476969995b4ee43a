import { type AccountId, fields, ProtocolError, schemas } from '@sotto/protocol';
import { route } from '@sotto/service';
import type { ClaimStore } from '@sotto/store';
import type { Express } from 'express';
import * as v from 'valibot';
import { holderOf } from '../accounts/holding.js';
import { usernameName } from '../accounts/names.js';
import { listsDownFrom, requireNewestList } from '../devices/device-lists.js';
import type { Parts } from '../parts.js';
import { accountState } from '../records/account-state.js';

async function answerPerson(claims: ClaimStore, account: AccountId, username: string) {
  return { account, username, deviceList: (await requireNewestList(claims, account)).encoded };
}

/** `/api/people` and `/api/accounts`: exact look-ups for people who are signed in (SPEC H9, H21). */
export function addDirectoryRoutes(app: Express, { claims, callers, throttle }: Parts): void {
  // What cannot be a name or an id is nobody's, and answered so.
  const name = v.object({ username: v.fallback(v.nullable(fields.username), null) });
  const id = v.object({ account: v.fallback(v.nullable(schemas.accountId), null) });
  const version = v.pipe(v.string(), v.regex(/^[1-9]\d{0,14}$/), v.transform(Number));
  const earlier = v.object({ ...id.entries, version: v.fallback(v.nullable(version), null) });

  route(
    app,
    'get',
    '/api/people/:username',
    { params: name, authenticate: callers.of },
    async ({ params: { username }, caller }) => {
      throttle.pass('lookUp', caller.sub);
      const holder = username === null ? undefined : await holderOf(claims, usernameName(username));
      if (!holder) throw new ProtocolError('auth/not-found');
      return answerPerson(claims, holder.account, holder.record.username);
    },
  );

  route(
    app,
    'get',
    '/api/accounts/:account',
    { params: id, authenticate: callers.of },
    async ({ params: { account }, caller }) => {
      throttle.pass('lookUp', caller.sub);
      const found = account === null ? undefined : await accountState(claims, account);
      if (account === null || found?.state !== 'live') throw new ProtocolError('auth/not-found');
      return answerPerson(claims, account, found.record.username);
    },
  );

  route(
    app,
    'get',
    '/api/accounts/:account/lists/:version',
    { params: earlier, authenticate: callers.of },
    async ({ params: { account, version }, caller }) => {
      throttle.pass('lookUp', caller.sub);
      const lists = account && version ? await listsDownFrom(claims, account, version) : [];
      if (lists.length === 0) throw new ProtocolError('auth/not-found');
      return { deviceLists: lists };
    },
  );
}
