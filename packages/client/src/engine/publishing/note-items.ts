import type { AccountId } from '@sotto/protocol';
import type { Person, TimelineItem, ToldChange } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import type { ContactNote } from '../trust/contact-notes.js';
import { stateItems } from './state-items.js';

/**
 * A timeline with what happened to the conversation, and what this device noticed about the devices and account keys of the
 * others in it, by the time it was noticed. Nothing from before the oldest item where there are older ones: it belongs to what is not
 * shown.
 */
export function withNotes(
  context: DeviceContext,
  items: readonly TimelineItem[],
  room: Room,
): readonly TimelineItem[] {
  const first = items.find((item) => 'at' in item);
  const from = first && 'at' in first ? first.at : Number.POSITIVE_INFINITY;
  const began = room.history.hasOlder() ? from : 0;
  const noticed = room.others
    .flatMap((account) => context.notes.of(account).map((note) => toItem(context, account, note)))
    .filter(({ at }) => at >= from);
  const notes = [...noticed, ...stateItems(context, room).filter(({ at }) => at >= began)].sort(
    (a, b) => a.at - b.at,
  );
  if (notes.length === 0) return items;
  const merged: TimelineItem[] = [];
  for (const item of items) {
    while (notes[0] && 'at' in item && item.kind !== 'waiting' && notes[0].at < item.at)
      merged.push(notes.shift()!);
    merged.push(item);
  }
  return [...merged, ...notes];
}

function toItem(
  { people }: DeviceContext,
  account: AccountId,
  note: ContactNote,
): TimelineItem & { readonly kind: 'change' } {
  const by: Person = { account, username: people.nameOf(account) ?? '' };
  return { kind: 'change', id: `${account}/${note.id}`, at: note.at, by, change: toChange(note) };
}

function toChange({ type, device }: ContactNote): ToldChange {
  return type === 'identity-changed' ? { type } : { type, device };
}
