import { createHash } from 'node:crypto';
import type { AccessChange, ConversationId } from '@sotto/protocol';
import { idBytes, idFromBytes } from '@sotto/protocol';

/**
 * Whether a direct conversation has the one id that its two members give it (SPEC X3). Without this, anybody who knows
 * two people could take their conversation's id first and keep them out of it.
 */
export function hasDirectId(conversation: ConversationId, change: AccessChange): boolean {
  const [a, b, ...more] = change.members.map(({ account }) => Buffer.from(idBytes(account)));
  if (!a || !b || more.length > 0) return false;
  const [first, second] = [a, b].sort(Buffer.compare);
  const digest = createHash('sha256').update('Sotto direct v1').update(first!).update(second!).digest();
  return idFromBytes<ConversationId>(new Uint8Array(digest.subarray(0, 16))) === conversation;
}
