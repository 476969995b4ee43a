import type { AccountId, ConversationId } from '@sotto/protocol';
import type { ConversationStanding } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';

/**
 * How a direct conversation stands: what this account decided, else who wrote first. Somebody who was invited and wrote
 * back has accepted.
 */
export function standingOf(
  context: DeviceContext,
  conversation: ConversationId,
  peer: AccountId,
): ConversationStanding {
  const decided = context.accountLog.standing(peer);
  if (decided && decided !== 'invited') return decided;
  const wrote = (context.summaries.get(conversation)?.marks.length ?? 0) > 0;
  if (decided === 'invited') return wrote ? 'accepted' : 'invited';
  return wrote ? 'request' : 'invited';
}
