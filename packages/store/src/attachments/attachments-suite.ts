import type { AccountId, ConversationId } from '@sotto/protocol';
import { LIMITS, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ClaimStore } from '../claims/claim-store.js';
import { codeOf } from '../testing/code-of.js';
import { TestAttachment } from '../testing/test-attachment.js';
import { DUES, FATES, UPLOADS, USES } from './attachment-claims.js';
import type { AttachmentOptions } from './attachments.js';
import { Attachments } from './attachments.js';
import type { ChunkStore } from './chunk-store.js';
import {
  attachmentsLeftOfAccount,
  dropAttachmentsOfAccount,
  dropAttachmentsOfConversation,
} from './dropping.js';

/** Stores under test. */
export interface AttachmentsHarness {
  readonly claims: ClaimStore;
  readonly chunks: ChunkStore;
  destroy(): Promise<void>;
}

interface Context {
  harness: AttachmentsHarness;
  clock: { now: number };
  attachments: Attachments;
  again(options?: AttachmentOptions): Attachments;
}

const START = 1_700_000_000_000;
const DAY = 24 * 3_600_000;
const CHUNK = LIMITS.attachmentChunkBytes;
const FAMILIES = [UPLOADS, USES, DUES, FATES];

/** How many claims of attachments there are. */
export async function claimsLeft(claims: ClaimStore): Promise<number> {
  const lists = await Promise.all(FAMILIES.map((prefix) => claims.list({ prefix })));
  return lists.reduce((sum, list) => sum + list.length, 0);
}

/**
 * What attachments must be like over any stores.
 * @param open is given the clock that claims must go by
 */
export function attachmentsSuite(
  name: string,
  open: (now: () => number) => Promise<AttachmentsHarness>,
): void {
  const test = suite<Context>(`attachments: ${name}`);

  test.before.each(async (context) => {
    const clock = { now: START };
    context.clock = clock;
    context.harness = await open(() => clock.now);
    const { claims, chunks } = context.harness;
    context.again = (options) => new Attachments(claims, chunks, { now: () => clock.now, ...options });
    context.attachments = context.again();
  });
  test.after.each(({ harness }) => harness.destroy());

  test('[F3, F4, F5] what was begun goes on where it stopped, and is read once it is whole', async (context) => {
    const { attachments, again } = context;
    const file = new TestAttachment(2 * CHUNK + 100);
    assert.is(await codeOf(() => attachments.manifest(file.asked)), 'attachment/unknown');
    assert.equal(await attachments.begin(file.asked, file.manifest), [0, 1, 2]);
    assert.equal(
      await attachments.begin(file.asked, file.manifest),
      [0, 1, 2],
      'beginning again changes nothing',
    );
    await attachments.put(file.asked, 1, file.chunks[1]!);
    await attachments.put(file.asked, 1, file.chunks[1]!);
    assert.is(await codeOf(() => attachments.manifest(file.readByAnother)), 'attachment/incomplete');
    assert.is(await codeOf(() => attachments.chunk(file.readByAnother, 1)), 'attachment/incomplete');
    assert.is(await codeOf(() => attachments.confirm(file.asked)), 'attachment/incomplete');
    // Another server, or the same one started anew.
    assert.equal(await again().begin(file.asked, file.manifest), [0, 2]);
    assert.is(await file.upload(again()), 2);
    assert.is(await file.upload(attachments), 0);
    assert.equal(await attachments.manifest(file.readByAnother), file.manifest);
    assert.ok(await file.isReadable(again()));
  });

  test('[F2, F3] an id that is not that of its chunks is refused', async ({ attachments, harness }) => {
    const file = new TestAttachment(CHUNK + 100);
    const { size, chunks } = file.manifest;
    for (const wrong of [
      { size: size + 1, chunks },
      { size, chunks: [...chunks].reverse() },
      { size, chunks: chunks.slice(1) },
      { size: CHUNK + 16, chunks },
      { size: 0, chunks: [] },
    ])
      assert.is(await codeOf(() => attachments.begin(file.asked, wrong)), 'attachment/mismatch');
    const huge = { size: CHUNK * LIMITS.attachmentChunks + 20, chunks };
    assert.is(await codeOf(() => attachments.begin(file.asked, huge)), 'attachment/too-large');
    assert.is(await claimsLeft(harness.claims), 0);
  });

  test('[F4] a chunk that is not the one named is refused and not kept', async ({ attachments, harness }) => {
    const file = new TestAttachment(CHUNK + 100);
    assert.is(await codeOf(() => attachments.put(file.asked, 0, file.chunks[0]!)), 'attachment/unknown');
    await attachments.begin(file.asked, file.manifest);
    const spoilt = file.chunks[0]!.slice();
    spoilt[7]! ^= 1;
    for (const [index, bytes] of [
      [0, spoilt],
      [0, file.chunks[1]!],
      [1, file.chunks[0]!],
      [1, file.chunks[1]!.subarray(1)],
      [2, file.chunks[1]!],
    ] as const)
      assert.is(await codeOf(() => attachments.put(file.asked, index, bytes)), 'attachment/mismatch');
    assert.equal(await harness.chunks.places({ limit: 10 }), []);
  });

  test('[F3, F7] only who began it writes, confirms or drops it', async ({ attachments }) => {
    const file = new TestAttachment(100);
    await file.upload(attachments);
    const other = file.readByAnother;
    for (const attempt of [
      () => attachments.begin(other, file.manifest),
      () => attachments.put(other, 0, file.chunks[0]!),
      () => attachments.confirm(other),
      () => attachments.drop(other),
    ])
      assert.is(await codeOf(attempt), 'auth/forbidden');
    assert.ok(await file.isReadable(attachments));
  });

  test('[F3] the same in another conversation is another', async ({ attachments }) => {
    const file = new TestAttachment(100);
    await file.upload(attachments);
    const elsewhere = { ...file.asked, conversation: randomId<ConversationId>() };
    assert.equal(await attachments.begin(elsewhere, file.manifest), [0], 'nothing says that it is here');
    assert.is(
      await codeOf(() => attachments.chunk({ ...elsewhere, account: randomId() }, 0)),
      'attachment/incomplete',
    );
    await attachments.drop(file.asked);
    assert.equal(await attachments.begin(elsewhere, file.manifest), [0]);
  });

  test('[F6] what is not confirmed ends after a day, what is stays', async ({
    attachments,
    harness,
    clock,
    again,
  }) => {
    const [left, kept, read, begun] = [1, 2, 3, 4].map((n) => new TestAttachment(CHUNK + n * 100)) as [
      TestAttachment,
      TestAttachment,
      TestAttachment,
      TestAttachment,
    ];
    for (const file of [left, kept, read]) await file.upload(attachments);
    await attachments.begin(begun.asked, begun.manifest);
    await attachments.confirm(kept.asked);
    await attachments.confirm(kept.asked);
    // Its owner alone knows of it.
    await attachments.manifest(left.asked);
    await attachments.manifest(read.readByAnother);
    clock.now += DAY - 1;
    assert.is(await again().sweep(), 0);
    clock.now += 1;
    assert.is(await again().sweep(), 2);
    assert.is(await again().sweep(), 0);
    for (const file of [left, begun]) {
      assert.is(await codeOf(() => attachments.chunk(file.readByAnother, 0)), 'attachment/unknown');
      assert.is(await codeOf(() => attachments.confirm(file.asked)), 'attachment/unknown');
      assert.is(await attachments.used(file.asked.account), 0);
    }
    for (const file of [kept, read]) assert.ok(await file.isReadable(again()));
    assert.is((await harness.chunks.places({ limit: 10 })).length, 2);
    assert.is(await claimsLeft(harness.claims), 2 * 3, 'upload, use and fate of each');
    // It can be begun anew, wholly.
    assert.is(await left.upload(attachments), 2);
    await attachments.confirm(left.asked);
    assert.ok(await left.isReadable(attachments));
  });

  test('[F7] what is dropped is gone at once, and leaves nothing', async ({ attachments, harness }) => {
    const file = new TestAttachment(CHUNK + 100);
    await file.upload(attachments);
    await attachments.confirm(file.asked);
    await attachments.drop(file.asked);
    await attachments.drop(file.asked);
    assert.is(await codeOf(() => attachments.chunk(file.readByAnother, 0)), 'attachment/unknown');
    assert.is(await claimsLeft(harness.claims), 0);
    assert.equal(await harness.chunks.places({ limit: 10 }), []);
  });

  test('[F7] a conversation or an account that is erased takes its attachments along', async (context) => {
    const { attachments, harness, clock } = context;
    const [account, conversation] = [randomId<AccountId>(), randomId<ConversationId>()];
    const both = new TestAttachment(100, account, conversation);
    const mine = new TestAttachment(200, account);
    const there = new TestAttachment(300, randomId<AccountId>(), conversation);
    const neither = new TestAttachment(400);
    for (const file of [both, mine, there, neither]) {
      await file.upload(attachments);
      await attachments.confirm(file.asked);
    }
    assert.is(await dropAttachmentsOfConversation(harness.claims, conversation, clock.now), 2);
    for (const file of [both, there])
      assert.is(await codeOf(() => attachments.manifest(file.readByAnother)), 'attachment/unknown');
    assert.is(await dropAttachmentsOfAccount(harness.claims, account, clock.now), 2);
    assert.is(await dropAttachmentsOfConversation(harness.claims, conversation, clock.now), 0);
    assert.is(await attachmentsLeftOfAccount(harness.claims, account), 2, 'until it is swept');
    await attachments.sweep();
    assert.is(await attachmentsLeftOfAccount(harness.claims, account), 0);
    assert.is(await claimsLeft(harness.claims), 3);
    assert.is((await harness.chunks.places({ limit: 10 })).length, 1);
    assert.ok(await neither.isReadable(attachments));
  });

  test('[F8] an account takes so much and no more, what it begins counted', async ({ again, clock }) => {
    const account = randomId<AccountId>();
    const attachments = again({ quotaBytes: 200_000 });
    const [first, second] = [new TestAttachment(120_000, account), new TestAttachment(120_000, account)];
    await attachments.begin(first.asked, first.manifest);
    assert.is(await codeOf(() => attachments.begin(second.asked, second.manifest)), 'attachment/quota');
    assert.is(await attachments.used(account), 120_000);
    assert.is(await first.upload(attachments), 1, 'what was begun goes on');
    const other = new TestAttachment(190_000);
    await other.upload(attachments);
    const small = new TestAttachment(100, account);
    await small.upload(attachments);
    assert.is(await attachments.used(account), 120_000 + 65_536, 'the smallest counts for so much');
    assert.is(await codeOf(() => attachments.begin(second.asked, second.manifest)), 'attachment/quota');
    await attachments.drop(first.asked);
    await second.upload(attachments);
    clock.now += DAY;
    await attachments.sweep();
    assert.is(await attachments.used(account), 0);
  });

  test('[F8] of many that are begun at once none goes beyond the quota', async ({ again }) => {
    const account = randomId<AccountId>();
    const files = Array.from({ length: 6 }, () => new TestAttachment(80_000, account));
    const codes = await Promise.all(
      files.map(({ asked, manifest }) => codeOf(() => again({ quotaBytes: 200_000 }).begin(asked, manifest))),
    );
    assert.ok(codes.every((code) => code === undefined || code === 'attachment/quota'));
    assert.ok(codes.filter((code) => code === undefined).length <= 2);
    assert.ok((await again().used(account)) <= 200_000);
  });

  test.run();
}
