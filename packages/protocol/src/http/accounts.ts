import * as v from 'valibot';
import { accountId, binaryOf, count, deviceId } from '../bytes/schemas.js';
import {
  authKey,
  deviceList,
  email,
  kdf,
  login,
  newDevice,
  servedKdf,
  token,
  username,
  vault,
} from './fields.js';

/** `POST /api/signup`: always 202; what happens next is in the mail. */
export const signUpRequest = v.strictObject({ email });

/** `POST /api/signup/check`: is this link still good? 200, or 403 with `auth/link-*`. */
export const checkLinkRequest = v.strictObject({ token });
export const checkLinkResponse = v.object({ email: v.string() });

/** `POST /api/signup/complete`: everything that makes the account and its first device. 201 with a session. */
export const completeSignUpRequest = v.strictObject({
  token,
  account: accountId,
  username,
  kdf,
  authKey,
  vault,
  deviceList,
  device: newDevice,
});

/** `POST /api/prelogin`: how to derive the keys. An unknown login gets a lasting answer of its own. */
export const preloginRequest = v.strictObject({ login });
export const preloginResponse = v.object({ kdf: servedKdf });

/** `POST /api/login`: 200, or 401 `auth/credentials-wrong` in the same words and time for every cause. */
export const loginRequest = v.strictObject({
  login,
  authKey,
  /** The device that this browser already is; bound to the session if it is on the account's newest list. */
  device: v.optional(deviceId),
});

/** A session that stands; its refresh token came as a cookie. */
export const sessionResponse = v.object({
  account: accountId,
  username: v.string(),
  email: v.string(),
  /** The device this session speaks for; absent until one is linked. */
  device: v.optional(deviceId),
  accessToken: v.string(),
  /** Seconds until the access token runs out. */
  expiresIn: count,
});

/** A session, and what opens the account on this device. */
export const loginResponse = v.object({ ...sessionResponse.entries, kdf: servedKdf, vault, deviceList });

/** `POST /api/session/refresh` (cookie, no body): 200 {@link sessionResponse}, or 401 `auth/session-invalid`. */
/** `POST /api/session/end` (cookie): 204 always. */

/**
 * `POST /api/devices`: a device of this session, on a list one version ahead. With another vault, and the password for it, it may
 * take the place of others. 201 {@link sessionResponse}.
 */
export const addDeviceRequest = v.strictObject({
  deviceList,
  device: newDevice,
  replacing: v.optional(v.strictObject({ authKey, previous: binaryOf(32), sealed: vault })),
});
