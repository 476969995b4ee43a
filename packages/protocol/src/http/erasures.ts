import * as v from 'valibot';
import { binaryOf, conversationId, count } from '../bytes/schemas.js';
import { authKey } from './fields.js';

/** Made by the one who asks: by it the request can be repeated, and its progress be looked at when nothing else is left. */
const receipt = binaryOf(16);

/** `POST /api/erasures/account`: the password again. 202, 401 `auth/credentials-wrong`. */
export const eraseAccountRequest = v.strictObject({ authKey, receipt });

/** `POST /api/erasures/conversation`: for everybody. 202, 403 `auth/forbidden`. */
export const eraseConversationRequest = v.strictObject({ conversation: conversationId, receipt });

/** `POST /api/erasures/progress`: without a session. 200, 404 `auth/not-found`. */
export const erasureProgressRequest = v.strictObject({ receipt });
export const erasureProgressResponse = v.object({
  what: v.picklist(['account', 'conversation']),
  /** Milliseconds since 1970. */
  asked: count,
  /** What is done, in that order: when, and how many of whatever it was. */
  done: v.array(v.object({ part: v.string(), at: count, count })),
  finished: v.boolean(),
});
export type ErasureProgressResponse = v.InferOutput<typeof erasureProgressResponse>;
