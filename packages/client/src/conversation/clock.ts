import { schemas } from '@sotto/protocol';
import * as v from 'valibot';

/**
 * A hybrid logical clock (Kulkarni et al. 2014): the wall clock where it runs ahead, a counter where it does not.
 * It orders a timeline; authority never follows it.
 */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly wall: number;
  /** Tells apart what has the same `wall`. */
  readonly counter: number;
}

/** How far ahead of our own wall clock another's may pull us, in milliseconds. */
export const MAX_DRIFT_MS = 5 * 60_000;
/** The last moment that a Date can be. */
export const MAX_WALL = 8_640_000_000_000_000;
/** Where a counter carries into `wall`. */
export const MAX_COUNTER = 0xff_ffff;

export const ZERO_CLOCK: Clock = { wall: 0, counter: 0 };

/** A clock in CBOR: `[wall, counter]` (SPEC X2). */
export const clockField = v.pipe(
  v.strictTuple([
    v.pipe(schemas.count, v.maxValue(MAX_WALL)),
    v.pipe(schemas.count, v.maxValue(MAX_COUNTER)),
  ]),
  v.transform(([wall, counter]): Clock => ({ wall, counter })),
);

export function clockTuple(clock: Clock): [wall: number, counter: number] {
  return [clock.wall, clock.counter];
}

/**
 * The clock of a new event: after `last`, and not before `now`.
 * @param last the highest clock this device has made or {@link receive}d
 * @param now wall clock, milliseconds since 1970
 */
export function tick(last: Clock, now: number): Clock {
  if (now > last.wall) return { wall: Math.floor(now), counter: 0 };
  if (last.counter < MAX_COUNTER) return { wall: last.wall, counter: last.counter + 1 };
  return { wall: last.wall + 1, counter: 0 };
}

/**
 * What `last` becomes once `remote` was seen, so that the next {@link tick} comes after it. A remote clock more than
 * {@link MAX_DRIFT_MS} ahead of ours counts as being just that far ahead: one wild clock drags nobody along.
 */
export function receive(last: Clock, remote: Clock, now: number): Clock {
  const bound = Math.floor(now) + MAX_DRIFT_MS;
  const seen = remote.wall > bound ? { wall: bound, counter: 0 } : remote;
  return compareClocks(seen, last) > 0 ? seen : last;
}

/** Negative when `a` is before `b`. */
export function compareClocks(a: Clock, b: Clock): number {
  return a.wall - b.wall || a.counter - b.counter;
}

/** Order of a timeline: by clock, then by the device id's spelling (code units). */
export function compare(a: Clock, b: Clock, deviceA: string, deviceB: string): number {
  return compareClocks(a, b) || compareSpelling(deviceA, deviceB);
}

/** Order of ids: by code units, the same on every device. */
export function compareSpelling(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
