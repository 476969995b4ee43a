import * as assert from 'uvu/assert';
import type { CrashPoint } from './crash-points.js';
import { crashSides, onlyPoint } from './crash-sides.js';

/** What a life came to. */
export interface Life {
  /** Those that the device made in its first life, while the story went on. */
  readonly writes: readonly string[];
  readonly deaths: number;
}

/** How a walk differs from one through everything, one life after the other. */
export interface Walk {
  /** Lives beside each other, where a story is mostly waiting. */
  readonly atOnce?: number;
  /** The writes to die at, first to last as they are counted from 1: all unless it says others. */
  readonly among?: (writes: readonly string[]) => readonly [first: number, last: number];
  /** Which of these to pass over: what another walk is about. */
  readonly without?: (write: string) => boolean;
  /** Of the lives, how many have to end at their point: lives differ by what came together. */
  readonly leastDeaths?: number;
}

/**
 * Lives a story once for each write that a quiet life makes, and dies there on one side or the other (see {@link crashSides}). Prints
 * how many write boundaries there are and how many deaths there were. `CRASH=5:before` runs one point alone, `CRASH=all` both sides.
 * @param about writes that have to be among them, so that the story stays about what it is about
 */
export async function walkCrashPoints(
  live: (point?: CrashPoint) => Promise<Life>,
  about: readonly string[],
  {
    atOnce = 1,
    among = (writes) => [1, writes.length],
    without = () => false,
    leastDeaths = 0.75,
  }: Walk = {},
): Promise<void> {
  const { writes } = await live();
  console.log(`${writes.length} write boundaries`);
  for (const family of about)
    assert.ok(
      writes.some((write) => write.split(' ').includes(family)),
      `no write of ${family} among ${writes.join('; ')}`,
    );
  const only = onlyPoint();
  if (only) console.log(writes.map((write, index) => `${index + 1} ${write}`).join('\n'));
  const [first, last] = among(writes);
  const sides = crashSides();
  const left = only
    ? [only]
    : writes
        .flatMap((_, index) => sides(index + 1).map((side): CrashPoint => ({ write: index + 1, side })))
        .filter(({ write }) => write >= first && write <= last && !without(writes[write - 1]!));
  const lives = left.length;
  let deaths = 0;
  const walk = async () => {
    for (let point = left.shift(); point; point = left.shift()) {
      const here = await dieAt(live, point, writes);
      deaths += here;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, walk));
  console.log(`${deaths} deaths in ${lives} lives`);
  assert.ok(deaths >= lives * leastDeaths, `${deaths} deaths in ${lives} lives`);
}

async function dieAt(
  live: (point: CrashPoint) => Promise<Life>,
  point: CrashPoint,
  writes: readonly string[],
): Promise<number> {
  const { write, side } = point;
  try {
    return (await live(point)).deaths;
  } catch (error) {
    throw new Error(`died ${side} write ${write} (${writes[write - 1]}): ${error}`, { cause: error });
  }
}
