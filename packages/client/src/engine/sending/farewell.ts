import type { AccountId, ConversationId } from '@sotto/protocol';
import { logName, toBase64url } from '@sotto/protocol';
import { isAccountError } from '../../account/errors.js';
import { readStateEvent } from '../../conversation/state-signature.js';
import type { DeviceContext } from '../context/device-context.js';
import { Pairwise } from './pairwise.js';

/**
 * Tells somebody who was taken out by whom (SPEC X22), once the server has taken the event.
 * @param event signed
 * @throws ProtocolError when some device could not be reached: then it sees that it is out, and not by whom
 */
export async function sayFarewell(
  context: DeviceContext,
  conversation: ConversationId,
  account: AccountId,
  event: Uint8Array,
): Promise<void> {
  const pairwise = new Pairwise(context);
  const name = toBase64url(readStateEvent(event).hash);
  try {
    for (const { id } of (await context.people.fresh(account)).list.list.devices) {
      const record = { type: 'removed', conversation, event } as const;
      if (await pairwise.post(account, id, `removed/${name}/${id}`, record))
        await context.sendPosts(logName('i', id));
    }
  } catch (error) {
    // A list that does not verify names nobody to tell.
    if (!isAccountError(error)) throw error;
  }
}
