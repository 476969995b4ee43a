import type { AccessChange } from '@sotto/protocol';
import { ProtocolError, toBase64url } from '@sotto/protocol';
import { readStateEvent } from '../../conversation/state-signature.js';
import type { RoomState } from '../room/room-state.js';

/**
 * Who has access once an event of this device's own stands: the server keeps the same list, without knowing why.
 * @throws ProtocolError `auth/forbidden` when the event would have no effect
 */
export function accessAfter(state: RoomState, signed: Uint8Array): AccessChange {
  const fold = state.foldWith(signed);
  const refusal = fold.refused.get(toBase64url(readStateEvent(signed).hash));
  if (refusal || !fold.state)
    throw new ProtocolError('auth/forbidden', { detail: `state event: ${refusal ?? 'no state'}` });
  const { kind, members } = fold.state;
  return { kind, members: members.map(({ account, role }) => ({ account, role })) };
}
