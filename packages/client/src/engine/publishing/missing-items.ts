import type { TimelineItem } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';
import type { MissingPart } from '../room/feed-sequences.js';
import type { Room } from '../room/room.js';
import { feedDoubt } from '../trust/claim.js';
import { personOf } from './snapshots.js';

type MissingItem = TimelineItem & { readonly kind: 'missing' };

/**
 * A timeline with what members said and the server does not show, before what was said next. Only what stayed missing for long
 * while the server could be asked: what is late comes.
 */
export function withMissing(
  context: DeviceContext,
  items: readonly TimelineItem[],
  room: Room,
): readonly TimelineItem[] {
  const first = items.find((item) => 'at' in item);
  const last = items.findLast((item) => 'at' in item);
  if (!first || !last || !('at' in first && 'at' in last)) return items;
  const missing = room.history.sequences
    .missing()
    .flatMap((part) => toItem(context, room, part, last.at))
    .filter(({ at }) => at >= first.at)
    .sort((a, b) => a.at - b.at);
  if (missing.length === 0) return items;
  const merged: TimelineItem[] = [];
  for (const item of items) {
    while (missing[0] && item.kind === 'message' && !missing[0].isLast && missing[0].at <= item.at)
      merged.push(shown(missing.shift()!));
    merged.push(item);
  }
  return [...merged, ...missing.map(shown)];
}

function toItem(
  context: DeviceContext,
  room: Room,
  part: MissingPart,
  last: number,
): (MissingItem & { readonly isLast: boolean })[] {
  const id = feedDoubt(room.id, part);
  const author = room.history.authorOf(part.device);
  // Whoever is out says nothing any more that anybody has to see.
  if (!author || !room.members.includes(author) || !context.doubts.isConfirmed(id)) return [];
  const isLast = part.at === null;
  return [{ kind: 'missing', id, author: personOf(context, author), at: part.at ?? last, isLast }];
}

function shown({ kind, id, author, at }: MissingItem): MissingItem {
  return { kind, id, author, at };
}
