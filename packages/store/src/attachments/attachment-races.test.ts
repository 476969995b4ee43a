import { LIMITS } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LevelStores } from '../open-level.js';
import { openLevelStores } from '../open-level.js';
import { codeOf } from '../testing/code-of.js';
import { DiedError, SteppedStores } from '../testing/stepped-stores.js';
import type { TemporaryFolder } from '../testing/temporary-folder.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { TestAttachment } from '../testing/test-attachment.js';
import { Attachments } from './attachments.js';
import { claimsLeft } from './attachments-suite.js';

/*
 * Two servers over the same stores, one of which is stopped before each step that it takes while the other does something whole; and one
 * that dies at each step. Whatever they were told stays true, and what is not needed goes in the end.
 */
interface Context {
  folder: TemporaryFolder;
  stores: LevelStores;
  clock: { now: number };
}

const DAY = 24 * 3_600_000;
const SIZE = LIMITS.attachmentChunkBytes + 100;

const test = suite<Context>('attachments: races and crashes');
test.before.each(async (context) => {
  context.clock = { now: 1_700_000_000_000 };
  context.folder = await temporaryFolder();
  context.stores = await openLevelStores(context.folder.path, { now: () => context.clock.now });
});
test.after.each(async ({ stores, folder }) => {
  await stores.close();
  await folder.remove();
});

/** Runs `slow` once for each of its steps, with `quick` done before that step. @returns how many there were */
async function atEachStep(
  { stores, clock }: Context,
  run: (between: {
    slow: Attachments;
    quick: Attachments;
    stopped(action: () => Promise<void>): void;
  }) => Promise<void>,
): Promise<number> {
  for (let step = 1; ; step += 1) {
    const stepped = new SteppedStores(stores);
    const now = () => clock.now;
    await run({
      slow: new Attachments(stepped.claims, stepped.chunks, { now }),
      quick: new Attachments(stores.claims, stores.chunks, { now }),
      stopped: (action) => {
        stepped.steps = 0;
        stepped.before = { step, run: action };
      },
    });
    if (stepped.steps < step) return step - 1;
  }
}

/** Ends everything that nobody confirmed, and looks that nothing else is there. */
async function assertOnly(context: Context, kept: readonly TestAttachment[]): Promise<void> {
  const { stores, clock } = context;
  clock.now += DAY;
  const attachments = new Attachments(stores.claims, stores.chunks, { now: () => clock.now });
  await attachments.sweep();
  assert.is(await attachments.sweepOrphans(undefined), undefined);
  for (const file of kept) assert.ok(await file.isReadable(attachments));
  assert.is((await stores.chunks.places({ limit: 10 })).length, kept.length);
  assert.is(await claimsLeft(stores.claims), 3 * kept.length);
  for (const file of kept) await attachments.drop(file.asked);
  assert.is(await claimsLeft(stores.claims), 0);
}

test('[F6] what is confirmed while it is swept stays, or is said not to be', async (context) => {
  const outcomes = new Set<unknown>();
  const steps = await atEachStep(context, async ({ slow, quick, stopped }) => {
    const file = new TestAttachment(SIZE);
    await file.upload(quick);
    context.clock.now += DAY;
    let told: unknown = 'not asked';
    stopped(async () => {
      told = await codeOf(() => quick.confirm(file.asked));
    });
    await slow.sweep();
    outcomes.add(told);
    if (told !== undefined) {
      // Begun anew at once, wholly or going on: now it lasts.
      await file.upload(quick);
      await quick.confirm(file.asked);
    }
    assert.ok(await file.isReadable(quick));
    await assertOnly(context, [file]);
  });
  assert.ok(steps >= 8, `${steps}`);
  assert.equal([...outcomes].map(String).sort(), ['attachment/unknown', 'not asked', 'undefined']);
});

test('[F6] what is swept while it is confirmed is said not to last, or stays', async (context) => {
  const outcomes = new Set<unknown>();
  await atEachStep(context, async ({ slow, quick, stopped }) => {
    const file = new TestAttachment(SIZE);
    await file.upload(quick);
    context.clock.now += DAY;
    stopped(async () => void (await quick.sweep()));
    const told = await codeOf(() => slow.confirm(file.asked));
    outcomes.add(told);
    if (told === undefined) assert.ok(await file.isReadable(quick));
    await assertOnly(context, told === undefined ? [file] : []);
  });
  assert.equal([...outcomes].map(String).sort(), ['attachment/unknown', 'undefined']);
});

test('[F7] what is begun anew while the first is swept or dropped is touched by neither', async (context) => {
  for (const end of ['sweep', 'drop'] as const) {
    await atEachStep(context, async ({ slow, quick, stopped }) => {
      const file = new TestAttachment(SIZE);
      await file.upload(quick);
      context.clock.now += DAY;
      let told: unknown = 'not asked';
      stopped(async () => {
        told = await codeOf(async () => {
          await file.upload(quick);
          await quick.confirm(file.asked);
        });
      });
      if (end === 'sweep') await slow.sweep();
      else await slow.drop(file.asked);
      // One that was confirmed before it was dropped is dropped; whoever is told that it is gone begins again.
      const gone = await codeOf(() => quick.manifest(file.asked));
      if (end === 'sweep' && told === undefined) assert.is(gone, undefined);
      await file.upload(quick);
      await quick.confirm(file.asked);
      await assertOnly(context, [file]);
    });
  }
});

test('[F4] a chunk that comes while its upload ends leaves nothing', async (context) => {
  const outcomes = new Set<unknown>();
  await atEachStep(context, async ({ slow, quick, stopped }) => {
    const file = new TestAttachment(SIZE);
    await quick.begin(file.asked, file.manifest);
    stopped(() => quick.drop(file.asked));
    outcomes.add(await codeOf(() => slow.put(file.asked, 0, file.chunks[0]!)));
    await quick.drop(file.asked);
    assert.equal(await context.stores.chunks.places({ limit: 10 }), []);
    assert.is(await claimsLeft(context.stores.claims), 0);
  });
  assert.equal([...outcomes].map(String).sort(), ['attachment/unknown', 'undefined']);
});

test('[F3, F4, F6, F7] a server that dies anywhere: another goes on, and nothing stays for ever', async (context) => {
  const { stores, clock } = context;
  const now = () => clock.now;
  const whole = async (attachments: Attachments, file: TestAttachment) => {
    await file.upload(attachments);
    await attachments.confirm(file.asked);
  };
  let points = 0;
  for (const then of ['go on', 'give up', 'drop'] as const)
    for (const after of [false, true])
      for (let step = 1; ; step += 1) {
        const stepped = new SteppedStores(stores);
        stepped.dies = { step, after };
        const mortal = new Attachments(stepped.claims, stepped.chunks, { now });
        const file = new TestAttachment(SIZE);
        let died = false;
        try {
          await whole(mortal, file);
          if (then === 'drop') await mortal.drop(file.asked);
        } catch (error) {
          if (!(error instanceof DiedError)) throw error;
          died = true;
        }
        points += 1;
        const quick = new Attachments(stores.claims, stores.chunks, { now });
        if (then === 'go on') await whole(quick, file);
        if (then === 'drop') await quick.drop(file.asked);
        // Confirmed already where it died after that.
        const kept = then === 'give up' && (await isConfirmed(context, file));
        await assertOnly(context, then === 'go on' || kept ? [file] : []);
        if (!died) break;
      }
  assert.ok(points > 100, `${points}`);
});

/** Whether it outlives its day. */
async function isConfirmed({ stores, clock }: Context, file: TestAttachment): Promise<boolean> {
  clock.now += DAY;
  const attachments = new Attachments(stores.claims, stores.chunks, { now: () => clock.now });
  await attachments.sweep();
  return (await codeOf(() => attachments.manifest(file.asked))) === undefined;
}

test.run();
