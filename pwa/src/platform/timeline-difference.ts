import type { TimelineSnapshot } from '@sotto/client';

type Rest = Omit<TimelineSnapshot, 'items'>;

/** What turns one snapshot of a timeline into the next: a message more costs one message, however long the timeline is. */
export interface TimelineDifference {
  /** What changed beside the items. */
  readonly rest: Partial<Rest>;
  /** From this index on, so many items are taken out and these put in their place. */
  readonly at: number;
  readonly removed: number;
  readonly items: TimelineSnapshot['items'];
}

/**
 * @param before the snapshot that the other side holds
 * @param after the next one; what is as it was is the same object as before
 */
export function differenceOf(before: TimelineSnapshot, after: TimelineSnapshot): TimelineDifference {
  const names = Object.keys(after) as (keyof TimelineSnapshot)[];
  const changed = names.filter((name) => name !== 'items' && before[name] !== after[name]);
  const [old, next] = [before.items, after.items];
  const shorter = Math.min(old.length, next.length);
  let at = 0;
  while (at < shorter && old[at] === next[at]) at += 1;
  let kept = 0;
  while (kept < shorter - at && old.at(-1 - kept) === next.at(-1 - kept)) kept += 1;
  return {
    rest: Object.fromEntries(changed.map((name) => [name, after[name]])),
    at,
    removed: old.length - kept - at,
    items: next.slice(at, next.length - kept),
  };
}

/** The next snapshot; what did not change is the same object as before. */
export function withDifference(before: TimelineSnapshot, difference: TimelineDifference): TimelineSnapshot {
  const { rest, at, removed, items } = difference;
  return { ...before, ...rest, items: before.items.toSpliced(at, removed, ...items) };
}
