import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { beginning, liveOnce } from './crash-story.js';

const SIDES = ['before', 'after'] as const;

/**
 * Kills one of two devices once on either side of every write it makes while a conversation begins, is written, received
 * and read, and lets it start again: nothing may be lost or doubled, whichever write it was. Prints how many writes there
 * are. `CRASH=5:before` runs one point alone.
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

  const only = process.env.CRASH?.split(':');
  if (only) console.log(quiet.map((write, index) => `${index + 1} ${write}`).join('\n'));
  const points = quiet
    .flatMap((write, index) => SIDES.map((side) => ({ write: index + 1, side, what: write })))
    .filter(({ write, side }) => !only || (write === Number(only[0]) && side === only[1]));

  test(`U8 S6: a device dies once on either side of each of ${quiet.length} writes`, async () => {
    let deaths = 0;
    for (const point of points) {
      if (process.env.CRASH_LOG) console.log(new Date().toISOString(), point);
      try {
        deaths += (await liveOnce(begun, { [who]: point })).deaths;
      } catch (error) {
        throw new Error(`died ${point.side} write ${point.write} (${point.what}): ${error}`, {
          cause: error,
        });
      }
    }
    console.log(`${deaths} deaths in ${points.length} lives`);
    // A life may end without the last writes of the quiet one, which depend on what came together.
    assert.ok(deaths >= points.length * 0.9, `${deaths} deaths in ${points.length} lives`);
  });

  test.run();
}
