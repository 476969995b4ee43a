import * as v from 'valibot';
import { accountId, count, deviceId } from '../bytes/schemas.js';
import {
  deviceList,
  devicePreKeys,
  kemPreKey,
  oneTimePreKey,
  publicKey,
  signedPreKey,
  username,
} from './fields.js';

/** `GET /api/people/:username` and `GET /api/accounts/:account`: 200, or 404 `auth/not-found`. Signed-in people only. */
export const personResponse = v.object({ account: accountId, username, deviceList });

/** Lists that one answer holds at most. */
export const LISTS_AT_ONCE = 16;

/** `GET /api/accounts/:account/lists/:version`: the lists from this version downwards, as many as one answer holds. */
export const deviceListsResponse = v.object({
  deviceLists: v.pipe(v.array(deviceList), v.maxLength(LISTS_AT_ONCE)),
});

/** Accounts that one request asks about at most. */
export const ACCOUNTS_AT_ONCE = 64;

/** `POST /api/accounts/newer`: of many accounts, the lists that are not of the versions known; 0 for none. 200. */
export const newerListsRequest = v.strictObject({
  known: v.pipe(
    v.array(v.strictObject({ account: accountId, version: count })),
    v.maxLength(ACCOUNTS_AT_ONCE),
  ),
});
/** Without a list where the newest is of that version; accounts that nobody has are left out. */
export const newerListsResponse = v.object({
  people: v.pipe(
    v.array(v.object({ account: accountId, username, deviceList: v.optional(deviceList) })),
    v.maxLength(ACCOUNTS_AT_ONCE),
  ),
});

/** `POST /api/devices/:device/bundle`: takes one one-time key of each kind, where one is left. */
export const preKeyBundleResponse = v.object({
  device: deviceId,
  registrationId: count,
  identityKey: publicKey,
  signed: signedPreKey,
  kem: kemPreKey,
  oneTime: v.optional(oneTimePreKey),
});

/** `GET /api/pre-keys`: how many one-time keys of this device are left. */
export const preKeyCountResponse = v.object({ oneTime: count, oneTimeKem: count });

/** `POST /api/pre-keys`: more of them, and newer signed ones. 204. */
export const addPreKeysRequest = devicePreKeys;

/** `POST /api/documents/token`: a token for a stock provider to join one document. */
export const documentTokenRequest = v.strictObject({ document: v.string() });
export const documentTokenResponse = v.object({ token: v.string(), client: count, expiresIn: count });
