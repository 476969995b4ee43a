import { isAccountError } from '@sotto/client/account';
import { isConversationError } from '@sotto/client/conversation';
import { isCryptoError } from '@sotto/client/crypto';
import { DecodeError, ProtocolError } from '@sotto/protocol';

/** Whether a decoder refused its input as it should, rather than breaking down over it. */
export function isTyped(error: unknown): boolean {
  return (
    error instanceof DecodeError ||
    error instanceof ProtocolError ||
    isConversationError(error) ||
    isAccountError(error) ||
    isCryptoError(error)
  );
}
