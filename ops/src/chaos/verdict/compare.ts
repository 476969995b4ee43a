import type { Line } from '../clients/messages.js';
import { type Journal, labelOf } from './journal.js';

/** What is not as it was promised, each said once. */
export interface Findings {
  readonly lost: ReadonlySet<string>;
  readonly doubled: ReadonlySet<string>;
  readonly diverged: ReadonlySet<string>;
}

/** A conversation as one client shows it. */
export interface View {
  readonly client: number;
  readonly conversation: number;
  readonly lines: readonly Line[];
  /** Of a group its name; of a direct one whose it is differs. */
  readonly name: string;
}

/** The messages that the store holds of a conversation, and all records by their places. */
export interface Stored {
  readonly records: ReadonlyMap<string, string>;
  /** Records in each conversation's message log. */
  readonly messages: readonly number[];
  /** Places in front of which a feed has a hole. */
  readonly holes: readonly string[];
}

/** Lines that say that something could not be shown. */
const UNSHOWN = new Set(['waiting', 'missing', 'unreadable']);

class Found implements Findings {
  readonly lost = new Set<string>();
  readonly doubled = new Set<string>();
  readonly diverged = new Set<string>();
}

/** Everything promised is in every timeline once, and all timelines of a conversation are the same. */
export function compareViews(journal: Journal, views: readonly View[]): Findings {
  const found = new Found();
  const first = new Map<number, View>();
  for (const view of views) {
    const { client, conversation, lines } = view;
    const times = new Map<string, number>();
    for (const { kind, text, mark, id } of lines) {
      if (kind === 'message') times.set(labelOf(text), (times.get(labelOf(text)) ?? 0) + 1);
      if (UNSHOWN.has(kind)) found.diverged.add(`client ${client} shows ${kind} ${id} in ${conversation}`);
      if (mark === 'queued' || mark === 'failed')
        found.diverged.add(`client ${client} shows ${labelOf(text)} as ${mark} in ${conversation}`);
    }
    for (const [label, count] of times) if (count > 1 && label.startsWith('w')) found.doubled.add(label);
    for (const [label, where] of journal.written)
      if (where === conversation && journal.isPromised(label) && !times.has(label)) found.lost.add(label);
    const other = first.get(conversation);
    if (!other) first.set(conversation, view);
    else {
      if (other.name !== view.name && isGroup(other, view))
        found.diverged.add(`client ${client} has ${view.name} for ${other.name} in ${conversation}`);
      const differs = firstDifference(idsOf(other), idsOf(view));
      if (differs >= 0)
        found.diverged.add(`client ${client} differs from ${other.client} in ${conversation} at ${differs}`);
    }
  }
  return found;
}

/** Every envelope acknowledged is in the store with the same bytes; there are no holes, and no less than what is shown. */
export function compareStore(journal: Journal, views: readonly View[], stored: Stored): Findings {
  const found = new Found();
  for (const [place, hash] of journal.records) {
    const there = stored.records.get(place);
    if (there === undefined) found.lost.add(`record ${place}`);
    else if (there !== hash) found.diverged.add(`record ${place} has another body`);
  }
  for (const place of journal.forked) found.diverged.add(`record ${place} was acknowledged twice`);
  for (const hole of stored.holes) found.diverged.add(`hole before ${hole}`);
  for (const { client, conversation, lines } of views) {
    const shown = new Set(lines.filter(({ kind }) => kind === 'message').map(({ id }) => id)).size;
    const held = stored.messages[conversation]!;
    if (shown > held) found.diverged.add(`client ${client} shows ${shown} of ${held} in ${conversation}`);
  }
  return found;
}

export function together(all: readonly Findings[]): Findings {
  const union = (of: (found: Findings) => ReadonlySet<string>) =>
    new Set(all.flatMap((found) => [...of(found)]));
  return {
    lost: union(({ lost }) => lost),
    doubled: union(({ doubled }) => doubled),
    diverged: union(({ diverged }) => diverged),
  };
}

export function isClean({ lost, doubled, diverged }: Findings): boolean {
  return lost.size + doubled.size + diverged.size === 0;
}

function idsOf({ lines }: View): string[] {
  return lines.flatMap(({ kind, id }) => (kind === 'message' ? [id] : []));
}

function firstDifference(one: readonly string[], other: readonly string[]): number {
  const differs = one.findIndex((id, index) => other[index] !== id);
  if (differs >= 0) return differs;
  return other.length > one.length ? one.length : -1;
}

/** Direct conversations are called by who is at the other end. */
function isGroup(...views: readonly View[]): boolean {
  return views.some(({ name }) => name.startsWith('name ') || name.startsWith('group '));
}
