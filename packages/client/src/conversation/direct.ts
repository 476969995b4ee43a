import type { AccountId, ConversationId } from '@sotto/protocol';
import { idBytes, idFromBytes } from '@sotto/protocol';
import { ConversationError } from './errors.js';
import { compareBytes, shortHash } from './hash.js';

/**
 * The id of the one direct conversation between two accounts, the same from either side (SPEC X3).
 * @throws ConversationError `conversation/members` when both are the same account
 */
export function directConversationId(a: AccountId, b: AccountId): ConversationId {
  if (a === b) throw new ConversationError('conversation/members', 'a direct conversation with oneself');
  const [first, second] = [idBytes(a), idBytes(b)].sort(compareBytes);
  return idFromBytes<ConversationId>(shortHash('Sotto direct v1', first!, second!));
}

/**
 * The id of the group that an account founds under a nonce (SPEC X3). Nobody else can write a creation for that id.
 * @param nonce 16 random bytes
 */
export function groupConversationId(founder: AccountId, nonce: Uint8Array): ConversationId {
  return idFromBytes<ConversationId>(shortHash('Sotto group v1', idBytes(founder), nonce));
}
