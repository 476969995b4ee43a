import { randomInt } from 'node:crypto';
import type { CrashPoint } from './crash-points.js';

type Side = CrashPoint['side'];

/**
 * On which sides of a write a walk dies. What is on the disk after one write is what is there before the next, so one side of each
 * write, by a seed that is printed, passes through all that a disk can be left with, and walks with other seeds through the
 * rest of what may be under way then. `CRASH=all` walks both sides of each, `SEED` brings a walk back.
 */
export function crashSides(): (write: number) => readonly Side[] {
  if (process.env.CRASH === 'all') return () => ['before', 'after'];
  const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
  console.log(`sides: SEED=${seed}`);
  return (write) => [coin(seed, write) ? 'before' : 'after'];
}

/** The one point that `CRASH=5:before` names. */
export function onlyPoint(): CrashPoint | undefined {
  const match = /^(\d+):(before|after)$/.exec(process.env.CRASH ?? '');
  return match ? { write: Number(match[1]), side: match[2] as Side } : undefined;
}

/** One bit of a mixed number: neighbours differ as coins do. */
function coin(seed: number, write: number): boolean {
  const mixed = Math.imul(seed ^ Math.imul(write, 0x9e3779b1), 0x85ebca6b);
  return ((mixed ^ (mixed >>> 15)) & 1) === 1;
}
