import type { AccountId, ConversationId } from '@sotto/protocol';
import type { ConversationStanding } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';

/** The part of a conversation that its standing follows from. */
export interface Standable {
  readonly id: ConversationId;
  readonly kind: 'direct' | 'group';
  /** The other person; in a group who brought this account into it, null for who made it. */
  readonly peer: AccountId | null;
}

/** How a conversation stands: what this account decided, else who began it. */
export function standingOf(context: DeviceContext, { id, kind, peer }: Standable): ConversationStanding {
  return kind === 'group' ? standingOfGroup(context, id, peer) : standingOfDirect(context, id, peer!);
}

/** What was decided of the group itself counts; else how this account stands to whoever brought it in. */
function standingOfGroup(
  { accountLog }: DeviceContext,
  id: ConversationId,
  by: AccountId | null,
): ConversationStanding {
  const decided = accountLog.standing(id);
  if (decided && decided !== 'hidden') return decided === 'invited' ? 'accepted' : decided;
  if (by === null) return 'accepted';
  const standing = accountLog.standing(by);
  if (standing === 'blocked') return 'blocked';
  return standing === 'accepted' || standing === 'invited' ? 'accepted' : 'request';
}

/** Somebody who was invited and wrote back has accepted. */
function standingOfDirect(context: DeviceContext, id: ConversationId, peer: AccountId): ConversationStanding {
  const decided = context.accountLog.standing(peer);
  if (decided && decided !== 'invited' && decided !== 'hidden') return decided;
  const wrote = (context.summaries.get(id)?.marks.length ?? 0) > 0;
  if (decided === 'invited') return wrote ? 'accepted' : 'invited';
  return wrote ? 'request' : 'invited';
}
