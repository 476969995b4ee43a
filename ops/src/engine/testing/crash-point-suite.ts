import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CrashPoint } from './crash-points.js';
import { crashSides, onlyPoint } from './crash-sides.js';
import { type Begun, beginning, liveOnce } from './crash-story.js';

/** Writes in a row that no life came to: that was the last one. Some are made of what came together, so lives differ. */
const NONE_LEFT = 3;

/**
 * Kills one of two devices once at every write it makes, on one side or the other (see {@link crashSides}), while a conversation
 * begins, is written, received and read, and lets it start again: nothing may be lost or doubled, whichever write it was. Goes
 * on until no life comes to another write. Prints how many writes there are in a quiet life, and how many deaths there were. `CRASH=5:before`
 * runs one point alone, `CRASH=all` both sides.
 * @param about writes that have to be among them, so that the story stays about what it is about
 */
export async function crashPointSuite(
  who: 'mara' | 'noor',
  name: string,
  about: readonly string[],
): Promise<void> {
  const test = suite(name);
  const begun = await beginning();
  test.after(() => begun.remove());
  const quiet = (await liveOnce(begun, {}))[who];
  console.log(`${quiet.length} write boundaries`);

  test('the story passes through the writes it is about', () => {
    for (const family of about)
      assert.ok(
        quiet.some((write) => write.split(' ').includes(family)),
        `no write of ${family}`,
      );
  });

  const only = onlyPoint();
  if (only) console.log(quiet.map((write, index) => `${index + 1} ${write}`).join('\n'));

  test('U8 S6: a device dies once at each of its writes', async () => {
    const die = (write: number, side: CrashPoint['side']) =>
      dieAt(begun, who, { write, side }, quiet[write - 1] ?? 'beyond a quiet life');
    if (only) return void (await die(only.write, only.side));
    const sides = crashSides();
    let deaths = 0;
    let lives = 0;
    let last = 0;
    for (let write = 1; write <= last + NONE_LEFT; write += 1) {
      let here = 0;
      for (const side of sides(write)) {
        here += await die(write, side);
        lives += 1;
      }
      deaths += here;
      if (here > 0) last = write;
    }
    console.log(`${deaths} deaths, the last at write ${last}`);
    // Lives differ by what came together, not by more than this.
    assert.ok(last >= quiet.length * 0.75, `the last death was at write ${last} of ${quiet.length}`);
    assert.ok(deaths >= lives * 0.85, `${deaths} deaths in ${lives} lives`);
  });

  test.run();
}

/** @returns how often it died there: once, or never when this life did not come to that write */
async function dieAt(begun: Begun, who: 'mara' | 'noor', point: CrashPoint, what: string): Promise<number> {
  if (process.env.CRASH_LOG) console.log(new Date().toISOString(), point);
  try {
    return (await liveOnce(begun, { [who]: point })).deaths;
  } catch (error) {
    throw new Error(`died ${point.side} write ${point.write} (${what}): ${error}`, { cause: error });
  }
}
