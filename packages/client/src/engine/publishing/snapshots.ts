import type { AccountId, ErrorCode, EventId } from '@sotto/protocol';
import { isErrorCode } from '@sotto/protocol';
import type { TimelineMessage } from '../../conversation/timeline-entry.js';
import type { ConversationSummary, Person, TimelineItem, TimelineSnapshot } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Drafts } from '../context/drafts.js';
import { heldBy } from '../context/holding.js';
import type { Summary } from '../context/summary.js';
import type { Waiting } from '../room/log-reader.js';
import type { Room } from '../room/room.js';
import { standingOf } from '../room/standing.js';
import { withMissing } from './missing-items.js';
import { withNotes } from './note-items.js';
import { isSameData } from './same-data.js';

/** What the snapshots of an open device are made from. */
export interface SnapshotSource {
  readonly context: DeviceContext;
  readonly drafts: Drafts;
  readonly me: Person;
}

/** The list: everything with something in it to see, newest first. */
export function conversationList({ context, drafts, me }: SnapshotSource): ConversationSummary[] {
  const list: ConversationSummary[] = [];
  for (const [id, summary] of context.summaries.all()) {
    const { kind, name, peer, member, last, at } = summary;
    const standing = standingOf(context, { id, kind, peer: peer?.account ?? null });
    const draft = drafts.of(id, last?.mine ? last : null);
    if (!member && context.accountLog.standing(id) === 'hidden') continue;
    if (summary.members === 0 || (!last && !draft && !isBegun(context, summary))) continue;
    const quiet = standing === 'blocked' || standing === 'declined';
    list.push({
      id,
      kind,
      name,
      peer,
      standing,
      member,
      last: last && { ...last, author: last.mine ? me : last.author },
      unread: quiet ? 0 : summary.unread,
      draft,
      at,
    });
  }
  return list.sort((a, b) => b.at - a.at);
}

/** Whether there is more to it than having looked at it: a group, or somebody this account has decided about. */
function isBegun({ accountLog }: DeviceContext, { kind, peer }: Summary): boolean {
  return kind === 'group' || (peer !== null && accountLog.standing(peer.account) !== undefined);
}

/** One conversation, as far as it is shown. */
export function timelineSnapshot(
  { context, drafts, me }: SnapshotSource,
  room: Room,
  unreadFrom: EventId | null,
): TimelineSnapshot {
  const { summary } = room;
  const shown = room.history.timeline.newest(room.history.window);
  const messages = shown.map((message) =>
    toItem(message, message.mine ? me : personOf(context, message.account)),
  );
  const own = shown.findLast(({ mine }) => mine);
  return {
    conversation: room.id,
    items: withNotes(context, withMissing(context, withWaiting(context, messages, room), room), room),
    hasOlder: room.history.hasOlder(),
    unreadFrom,
    unread: room.history.timeline.unread(),
    draft: drafts.of(room.id, own && { text: own.text, at: own.clock.wall }),
    kind: room.kind,
    name: summary?.name ?? '',
    peer: summary?.peer ?? (room.peer === null ? null : personOf(context, room.peer)),
    members: room.members.length,
    standing: standingOf(context, room),
    member: room.member,
    held: heldOf(context, room),
    gone: room.kind === 'direct' && room.others.every((account) => context.people.isGone(account)),
  };
}

/** The same snapshot, in which everything that is as it was in the last one is the same object as there. */
export function keepingSame(last: TimelineSnapshot, next: TimelineSnapshot): TimelineSnapshot {
  const before = new Map(last.items.map((item) => [item.id as string, item]));
  const items = next.items.map((item) => {
    const known = before.get(item.id);
    return known && isSameData(known, item) ? known : item;
  });
  const { peer, held } = last;
  return {
    ...next,
    items,
    peer: isSameData(peer, next.peer) ? peer : next.peer,
    held: isSameData(held, next.held) ? held : next.held,
  };
}

/** Somebody as this device calls them. */
export function personOf({ people }: DeviceContext, account: AccountId): Person {
  return { account, username: people.nameOf(account) ?? '' };
}

function heldOf(context: DeviceContext, room: Room): TimelineSnapshot['held'] {
  const held = heldBy(context, room.belonging);
  return held ? { person: personOf(context, held.account), since: held.since } : null;
}

/**
 * Envelopes whose key has not come stand at the end: their time is sealed. Those that were there before this device, and
 * that nothing in the archive opens, stand at the beginning.
 */
function withWaiting(
  { progress }: DeviceContext,
  messages: readonly TimelineItem[],
  room: Room,
): readonly TimelineItem[] {
  const waiting = room.history.waiting.filter(({ position }) => position.document.startsWith('m.'));
  if (waiting.length === 0) return messages;
  const isPast = ({ position }: Waiting) => progress.isArchiveRead && progress.isPast(room.id, position);
  const count = waiting.filter(isPast).length;
  const at = messages.at(-1);
  const items = waiting
    .filter((one) => !isPast(one))
    .map(
      ({ position }): TimelineItem => ({
        kind: 'waiting',
        id: `${position.document}/${position.client}/${position.clock}`,
        author: room.kind === 'direct' ? (room.summary?.peer ?? null) : null,
        at: at?.kind === 'message' ? at.at : 0,
      }),
    );
  const unreadable: TimelineItem[] =
    count === 0 ? [] : [{ kind: 'unreadable', id: `unreadable/${room.id}`, count }];
  return [...unreadable, ...messages, ...items];
}

function toItem(message: TimelineMessage, author: Person): TimelineItem {
  return {
    kind: 'message',
    id: message.id,
    author,
    mine: message.mine,
    at: message.clock.wall,
    text: message.text,
    ...(message.attachments && { attachments: message.attachments }),
    mark: message.mark,
    error: message.error === null ? null : toCode(message.error),
  };
}

function toCode(error: string): ErrorCode {
  return isErrorCode(error) ? error : 'service/unavailable';
}
