import * as v from 'valibot';
import { binaryOf } from '../bytes/schemas.js';
import { authKey, deviceList, kdf, newDevice, servedKdf, vault } from './fields.js';

/** SHA-256 of the sealed vault that a new one was made from: another one since then is not overwritten. */
const previousVault = binaryOf(32);

/** `POST /api/account/open`: the password again, for what only its owner may do. 200, or 401 `auth/credentials-wrong`. */
export const openAccountRequest = v.strictObject({ authKey });
export const openAccountResponse = v.object({ kdf: servedKdf, vault, deviceList });

/** `GET /api/account`: which vault stands, by its hash: for a device that lost an answer. */
export const accountResponse = v.object({ vault: binaryOf(32) });

/**
 * `POST /api/account`: what is given replaces what stood, all of it or nothing. 204, 401 `auth/credentials-wrong`, 409
 * `auth/vault-stale` or `auth/device-list-stale`.
 */
export const changeAccountRequest = v.strictObject({
  /** Of the password that stands. */
  authKey,
  vault: v.optional(v.strictObject({ previous: previousVault, sealed: vault })),
  /** A new password. */
  credentials: v.optional(v.strictObject({ kdf, authKey })),
  /** One version ahead; names no device that the one before did not. */
  deviceList: v.optional(deviceList),
});

/**
 * `POST /api/account/start-over`: another account key, and with it another vault and this one device. Everybody else's session
 * ends. Without `device` it is the one that asks, which stays as it was listed. 201 session, 401, 409 as above.
 */
export const startOverRequest = v.strictObject({
  authKey,
  vault: v.strictObject({ previous: previousVault, sealed: vault }),
  deviceList,
  device: v.optional(newDevice),
});
