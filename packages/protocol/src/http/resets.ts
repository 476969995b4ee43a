import * as v from 'valibot';
import { authKey, email, kdf, token } from './fields.js';

/** `POST /api/reset`: always 202; what happens next is in the mail. */
export const resetRequest = v.strictObject({ email });

/** `POST /api/reset/check`: is this link still good? 200, or 403 with `auth/link-*`. */
export const checkResetRequest = v.strictObject({ token });
export const checkResetResponse = v.object({ email: v.string() });

/** `POST /api/reset/complete`: another password. The vault stays sealed by the one before. 204. */
export const completeResetRequest = v.strictObject({ token, kdf, authKey });
