import { type AccountId, fields, newerListsRequest, ProtocolError, schemas } from '@sotto/protocol';
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

/** Accounts of one request that count as one look-up. */
const ACCOUNTS_A_LOOK_UP = 16;

async function newerThan(claims: ClaimStore, known: { account: AccountId; version: number }) {
  const { account, version } = known;
  const found = await accountState(claims, account);
  if (found?.state !== 'live') return undefined;
  const { username } = found.record;
  const newest = await requireNewestList(claims, account);
  return newest.list.version === version
    ? { account, username }
    : { account, username, deviceList: newest.encoded };
}

/** `/api/people` and `/api/accounts`: exact look-ups for people who are signed in (SPEC H9, H21, H22). */
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
    'post',
    '/api/accounts/newer',
    { body: newerListsRequest, authenticate: callers.of },
    async ({ body: { known }, caller }) => {
      for (let at = 0; at < known.length; at += ACCOUNTS_A_LOOK_UP) throttle.pass('lookUp', caller.sub);
      const people = await Promise.all(known.map((one) => newerThan(claims, one)));
      return { people: people.filter((person) => person !== undefined) };
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
