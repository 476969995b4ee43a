import { randomBytes } from 'node:crypto';
import type { AttachmentId, ConversationId } from '@sotto/protocol';
import { attachmentIdFromBytes, LIMITS, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChunkPlace, ChunkStore } from './chunk-store.js';
import { chunkPlace } from './chunk-store.js';

/** A driver under test. */
export interface ChunkStoreHarness {
  readonly store: ChunkStore;
  /** Closes the store and opens the same data again. */
  reopen(): Promise<ChunkStore>;
  destroy(): Promise<void>;
}

interface Context {
  harness: ChunkStoreHarness;
  store: ChunkStore;
}

const randomAttachment = (): AttachmentId => attachmentIdFromBytes(randomBytes(32));

function freshPlace(conversation = randomId<ConversationId>()): ChunkPlace {
  return chunkPlace({ conversation, attachment: randomAttachment(), upload: randomId() });
}

/** What every chunk store must do: registers the suite and runs it on the driver that `open` makes. */
export function chunkStoreSuite(name: string, open: () => Promise<ChunkStoreHarness>): void {
  const test = suite<Context>(`chunk store: ${name}`);

  test.before.each(async (context) => {
    context.harness = await open();
    context.store = context.harness.store;
  });
  test.after.each(({ harness }) => harness.destroy());

  test('[F4] chunks come back byte for byte, in any order, written once or again', async (context) => {
    const place = freshPlace();
    const chunks = [LIMITS.attachmentChunkBytes, LIMITS.attachmentChunkBytes, 17].map((size) =>
      randomBytes(size),
    );
    for (const index of [2, 0, 0, 2]) await context.store.put(place, index, chunks[index]!);
    assert.equal(await context.store.present(place, 3), [0, 2]);
    assert.is(await context.store.get(place, 1), undefined);
    await context.store.put(place, 1, chunks[1]!);
    const again = await context.harness.reopen();
    assert.equal(await again.present(place, 3), [0, 1, 2]);
    for (const [index, chunk] of chunks.entries()) {
      const bytes = await again.get(place, index);
      assert.is(Buffer.compare(bytes!, chunk), 0, `chunk ${index}`);
      assert.is(bytes!.constructor, Uint8Array, 'no Node Buffer');
    }
  });

  test('[F4] many writers of the same chunk agree', async ({ store }) => {
    const place = freshPlace();
    const chunk = randomBytes(1_000);
    await Promise.all(Array.from({ length: 8 }, () => store.put(place, 0, chunk)));
    assert.equal(await store.present(place, 1), [0]);
    assert.is(Buffer.compare((await store.get(place, 0))!, chunk), 0);
  });

  test('[F7] what is removed is gone, and nothing beside it', async ({ store, harness }) => {
    const conversation = randomId<ConversationId>();
    const attachment = randomAttachment();
    const [gone, stays] = [randomId(), randomId()].map((upload) =>
      chunkPlace({ conversation, attachment, upload }),
    ) as [ChunkPlace, ChunkPlace];
    for (const place of [gone, stays])
      for (const index of [0, 1, 100]) await store.put(place, index, randomBytes(50));
    await store.remove(gone, LIMITS.attachmentChunks);
    await store.remove(gone, LIMITS.attachmentChunks);
    const again = await harness.reopen();
    assert.equal(await again.present(gone, LIMITS.attachmentChunks), []);
    assert.is(await again.get(gone, 0), undefined);
    assert.equal(await again.present(stays, LIMITS.attachmentChunks), [0, 1, 100]);
    assert.equal(await again.places({ limit: 10 }), [stays]);
  });

  test('places are listed in order, of one conversation or all, page by page', async ({ store }) => {
    const conversation = randomId<ConversationId>();
    const mine = [freshPlace(conversation), freshPlace(conversation), freshPlace(conversation)].sort();
    const others = Array.from({ length: 5 }, () => freshPlace());
    const all = [...mine, ...others].sort();
    for (const place of all) for (const index of [0, 1, 7]) await store.put(place, index, randomBytes(20));
    assert.equal(await store.places({ limit: 100 }), all);
    assert.equal(await store.places({ prefix: `${conversation}.`, limit: 100 }), mine);
    assert.equal(await store.places({ prefix: `${conversation}.`, after: mine[0]!, limit: 1 }), [mine[1]]);
    assert.equal(await store.places({ after: all[3]!, limit: 100 }), all.slice(4));
    assert.equal(await store.places({ after: all.at(-1)!, limit: 100 }), []);
    assert.equal(await store.places({ prefix: `${randomId()}.`, limit: 100 }), []);
  });

  test.run();
}
