import { type ErrorCode, ProtocolError } from '@sotto/protocol';
import { type AccountErrorCode, isAccountError } from '../account/errors.js';
import { isConversationError } from '../conversation/errors.js';
import { isCryptoError } from '../crypto/index.js';
import { StoreError } from '../store/errors.js';
import type { EngineCalls } from './api/engine-api.js';

/** What a person is told of it. */
const ACCOUNT_CODES: Readonly<Record<AccountErrorCode, ErrorCode>> = {
  'account/weak-kdf': 'client/weak-kdf',
  'account/password-length': 'request/invalid',
  'account/recovery-key-invalid': 'client/recovery-key-wrong',
  'account/recovery-key-wrong': 'client/recovery-key-wrong',
  'account/vault-unopenable': 'client/vault-locked',
  'account/vault-rolled-back': 'client/rolled-back',
  'account/list-rolled-back': 'client/rolled-back',
  'account/list-forged': 'client/keys-untrusted',
  'account/identity-changed': 'client/keys-untrusted',
  'account/too-many-devices': 'client/too-many-devices',
  'account/link-code-wrong': 'client/link-code-wrong',
  'account/device-missing': 'client/keys-untrusted',
};

/**
 * A failure as the engine's callers get it: always with a code of SPEC E, so that every screen has words for it. What is
 * no expected failure stays what it is.
 */
export function toCallError(error: unknown): unknown {
  if (error instanceof ProtocolError) return error;
  if (isConversationError(error, 'conversation/text-too-long'))
    return new ProtocolError('client/message-too-long', { cause: error });
  if (isConversationError(error, 'conversation/text-malformed'))
    return new ProtocolError('client/message-malformed', { cause: error });
  if (isConversationError(error, 'conversation/members'))
    return new ProtocolError('client/own-username', { cause: error });
  if (isAccountError(error)) return new ProtocolError(ACCOUNT_CODES[error.code], { cause: error });
  if (isCryptoError(error)) return new ProtocolError('client/keys-untrusted', { cause: error });
  if (error instanceof StoreError) return new ProtocolError('client/store-failed', { cause: error });
  return error;
}

/** The calls, failing as {@link toCallError} says. */
export function withCallErrors(calls: EngineCalls): EngineCalls {
  const wrapped = Object.entries(calls).map(([name, call]) => [
    name,
    async (input: never) => {
      try {
        return await (call as (input: never) => Promise<unknown>)(input);
      } catch (error) {
        throw toCallError(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as EngineCalls;
}
