/**
 * Every code that passes between Sotto's parts (SPEC E). `retry` says what a client does with what it tried to do:
 * `never` gives up and tells the person, `later` waits and repeats the same bytes, `anew` learns what changed and
 * makes the request again, `sign-in` needs a new session first. `status` is the HTTP status where HTTP carries it.
 */
export const ERROR_CODES = {
  'auth/link-unknown': { retry: 'never', status: 403 },
  'auth/link-used': { retry: 'never', status: 403 },
  'auth/link-expired': { retry: 'never', status: 403 },
  'auth/credentials-wrong': { retry: 'never', status: 401 },
  'auth/session-invalid': { retry: 'sign-in', status: 401 },
  'auth/token-invalid': { retry: 'sign-in', status: 401 },
  'auth/forbidden': { retry: 'never', status: 403 },
  'auth/username-taken': { retry: 'never', status: 409 },
  'auth/email-taken': { retry: 'never', status: 409 },
  'auth/device-list-stale': { retry: 'anew', status: 409 },
  'auth/vault-stale': { retry: 'anew', status: 409 },
  'auth/device-removed': { retry: 'sign-in', status: 401 },
  'auth/not-found': { retry: 'never', status: 404 },
  'request/invalid': { retry: 'never', status: 400 },
  'request/too-large': { retry: 'never', status: 413 },
  'request/too-fast': { retry: 'later', status: 429 },
  'service/unavailable': { retry: 'later', status: 503 },
  'sync/version': { retry: 'never', status: 400 },
  'sync/malformed': { retry: 'never', status: 400 },
  'sync/too-large': { retry: 'never', status: 413 },
  'sync/too-fast': { retry: 'later', status: 429 },
  'sync/not-a-member': { retry: 'never', status: 403 },
  'sync/read-only': { retry: 'never', status: 403 },
  'sync/client-id': { retry: 'anew', status: 403 },
  'sync/grammar': { retry: 'never', status: 400 },
  'sync/gap': { retry: 'anew', status: 409 },
  'sync/fork': { retry: 'never', status: 409 },
  'sync/lease-stale': { retry: 'never', status: 409 },
  'sync/stale': { retry: 'anew', status: 409 },
  'sync/segment-closed': { retry: 'anew', status: 409 },
  'sync/segment-open': { retry: 'anew', status: 409 },
  'sync/erased': { retry: 'never', status: 410 },
  'sync/too-many-open': { retry: 'never', status: 429 },
  'sync/store-unavailable': { retry: 'later', status: 503 },
  'attachment/unknown': { retry: 'anew', status: 404 },
  'attachment/incomplete': { retry: 'later', status: 409 },
  'attachment/mismatch': { retry: 'never', status: 400 },
  'attachment/too-large': { retry: 'never', status: 413 },
  'attachment/quota': { retry: 'never', status: 413 },
  // Said by a device to its own screens; no server sends these.
  'client/message-too-long': { retry: 'never', status: 413 },
  'client/message-malformed': { retry: 'never', status: 400 },
  'client/not-signed-in': { retry: 'sign-in', status: 401 },
  'client/keys-untrusted': { retry: 'never', status: 400 },
  'client/store-failed': { retry: 'later', status: 503 },
  'client/own-username': { retry: 'never', status: 400 },
  'client/vault-locked': { retry: 'never', status: 403 },
  'client/recovery-key-wrong': { retry: 'never', status: 403 },
  'client/link-code-wrong': { retry: 'never', status: 400 },
  'client/rolled-back': { retry: 'never', status: 409 },
  'client/too-many-devices': { retry: 'never', status: 409 },
  'client/weak-kdf': { retry: 'never', status: 400 },
  'client/attachment-damaged': { retry: 'never', status: 400 },
  'client/attachment-invalid': { retry: 'never', status: 400 },
  'client/file-unreadable': { retry: 'never', status: 400 },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
export type Retry = (typeof ERROR_CODES)[ErrorCode]['retry'];

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
