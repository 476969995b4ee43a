import type { AccessChange } from '@sotto/protocol';
import { ProtocolError, toBase64url } from '@sotto/protocol';
import type { StateRefusal } from '../../conversation/state-fold.js';
import { readStateEvent } from '../../conversation/state-signature.js';
import type { RoomState } from '../room/room-state.js';

/** What was so when the event was begun. */
const OVERTAKEN = new Set<StateRefusal>(['epoch-not-next', 'not-a-member', 'nobody-concerned']);

/**
 * Who has access once an event of this device's own stands: the server keeps the same list, without knowing why.
 * @throws ProtocolError `auth/forbidden` when the event would have no effect; `sync/stale` when that is because the state has
 * changed while it was made
 */
export function accessAfter(state: RoomState, signed: Uint8Array): AccessChange {
  const fold = state.foldWith(signed);
  const refusal = fold.refused.get(toBase64url(readStateEvent(signed).hash));
  if (refusal || !fold.state) {
    const detail = `state event: ${refusal ?? 'no state'}`;
    throw new ProtocolError(refusal && OVERTAKEN.has(refusal) ? 'sync/stale' : 'auth/forbidden', { detail });
  }
  const { kind, members } = fold.state;
  return { kind, members: members.map(({ account, role }) => ({ account, role })) };
}
