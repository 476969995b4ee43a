import type { ErrorCode, EventId } from '@sotto/protocol';
import { isErrorCode } from '@sotto/protocol';
import type { TimelineMessage } from '../../conversation/timeline-entry.js';
import type { ConversationSummary, Person, TimelineItem, TimelineSnapshot } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Drafts } from '../context/drafts.js';
import type { Room } from '../room/room.js';
import { standingOf } from '../room/standing.js';

/** What the snapshots of an open device are made from. */
export interface SnapshotSource {
  readonly context: DeviceContext;
  readonly drafts: Drafts;
  readonly me: Person;
  readonly lacksHistory: boolean;
}

/** The list: everything with something in it to see, newest first. */
export function conversationList({ context, drafts, me }: SnapshotSource): ConversationSummary[] {
  const list: ConversationSummary[] = [];
  for (const [id, summary] of context.summaries.all()) {
    const standing = standingOf(context, id, summary.peer.account);
    const draft = drafts.of(id);
    const decided = context.accountLog.standing(summary.peer.account) !== undefined;
    if (!summary.last && !draft && !decided) continue;
    const quiet = standing === 'blocked' || standing === 'declined';
    const { peer, last, at } = summary;
    list.push({
      id,
      kind: 'direct',
      name: peer.username,
      peer,
      standing,
      member: true,
      last: last && { ...last, author: last.mine ? me : peer },
      unread: quiet ? 0 : summary.unread,
      draft,
      at,
    });
  }
  return list.sort((a, b) => b.at - a.at);
}

/** One conversation, as far as it is shown. */
export function timelineSnapshot(
  { context, drafts, me, lacksHistory }: SnapshotSource,
  room: Room,
  unreadFrom: EventId | null,
): TimelineSnapshot {
  const peer: Person = room.summary?.peer ?? { account: room.peer, username: '' };
  const messages = room.history.timeline
    .newest(room.history.window)
    .map((message) => toItem(message, message.mine ? me : peer));
  return {
    conversation: room.id,
    items: withWaiting(messages, room, peer, lacksHistory),
    hasOlder: room.history.hasOlder(),
    unreadFrom,
    unread: room.history.timeline.unread(),
    draft: drafts.of(room.id),
    kind: 'direct',
    name: peer.username,
    peer,
    members: 2,
    standing: standingOf(context, room.id, room.peer),
    member: room.member,
    held: null,
  };
}

/**
 * Envelopes whose key has not come stand at the end: their time is sealed. A device that was linked later knows that
 * most of them are from before it.
 */
function withWaiting(
  messages: readonly TimelineItem[],
  room: Room,
  peer: Person,
  lacksHistory: boolean,
): readonly TimelineItem[] {
  const waiting = room.history.waiting.filter(({ position }) => position.document.startsWith('m.'));
  if (waiting.length === 0) return messages;
  if (lacksHistory) return [{ kind: 'before-this-device', id: `before/${room.id}` }, ...messages];
  const at = messages.at(-1);
  const items = waiting.map(
    ({ position }): TimelineItem => ({
      kind: 'waiting',
      id: `${position.document}/${position.client}/${position.clock}`,
      author: peer,
      at: at?.kind === 'message' ? at.at : 0,
    }),
  );
  return [...messages, ...items];
}

function toItem(message: TimelineMessage, author: Person): TimelineItem {
  return {
    kind: 'message',
    id: message.id,
    author,
    mine: message.mine,
    at: message.clock.wall,
    text: message.text,
    mark: message.mark,
    error: message.error === null ? null : toCode(message.error),
  };
}

function toCode(error: string): ErrorCode {
  return isErrorCode(error) ? error : 'service/unavailable';
}
