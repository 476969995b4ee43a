import type { ErrorCode } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { say } from './say.js';

/** The stable code of whatever was thrown, or null where it has none. */
export function codeOf(error: unknown): ErrorCode | null {
  return error instanceof ProtocolError ? error.code : null;
}

/** What went wrong, what was kept and what to do, for a failure that its form has no words of its own for. */
export function errorWords(error: unknown): string {
  switch (codeOf(error)) {
    case 'service/unavailable':
    case 'sync/store-unavailable':
      return say('error.unavailable');
    case 'request/too-fast':
    case 'sync/too-fast':
      return say('error.too-fast');
    case 'auth/session-invalid':
    case 'auth/token-invalid':
      return say('error.session');
    case 'auth/credentials-wrong':
      return say('sign-in.wrong');
    case 'request/invalid':
    case 'request/too-large':
      return say('error.invalid');
    case 'client/vault-locked':
      return say('error.vault-locked');
    case 'client/rolled-back':
      return say('error.rolled-back');
    case 'client/weak-kdf':
      return say('error.weak-kdf');
    case 'client/too-many-devices':
      return say('error.too-many-devices');
    case 'client/keys-untrusted':
      return say('error.keys-untrusted');
    case 'client/store-failed':
      return say('error.not-kept');
    default:
      return say('error.unknown');
  }
}
