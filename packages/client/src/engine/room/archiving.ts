import type { ConversationId } from '@sotto/protocol';
import { isConversationError } from '../../conversation/errors.js';
import { equalBytes } from '../../conversation/hash.js';
import { readStateEvent } from '../../conversation/state-signature.js';
import type { Archive, Archiving } from '../archive/archive.js';
import type { RoomFacts } from './room-facts.js';
import { peerOf } from './scope.js';

/** Creations that go into the archive with a state key: two people may begin one conversation at once. */
const CREATIONS = 4;

/** What to write beside facts that replace others: the state keys that are new among them go into the archive. */
export function archiveFacts(
  archive: Archive,
  conversation: ConversationId,
  before: RoomFacts | undefined,
  next: RoomFacts,
): Promise<Archiving> {
  const known = before?.stateKeys ?? [];
  const fresh = next.stateKeys
    .map(({ key }) => key)
    .filter((key) => !known.some((old) => equalBytes(old.key, key)));
  const creations = fresh.length > 0 ? next.events.filter(isCreation).slice(0, CREATIONS) : [];
  return archive.conversation(conversation, peerOf(next.scope) ?? null, fresh, creations);
}

function isCreation(signed: Uint8Array): boolean {
  try {
    return readStateEvent(signed).event.type === 'create';
  } catch (error) {
    if (!isConversationError(error)) throw error;
    return false;
  }
}
