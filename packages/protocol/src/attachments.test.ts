import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  attachmentIdBytes,
  attachmentIdFromBytes,
  attachmentPreimage,
  chunkCount,
  chunkLength,
  parseAttachmentId,
} from './attachments.js';
import { DecodeError } from './errors/decode-error.js';
import { LIMITS } from './limits.js';

const test = suite('attachments');
const CHUNK = LIMITS.attachmentChunkBytes;

function fault(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof DecodeError) return error.fault;
    throw error;
  }
  return undefined;
}

test('[F1] chunks are whole but for the last, which holds something', () => {
  for (const [size, count] of [
    [17, 1],
    [CHUNK, 1],
    [CHUNK + 17, 2],
    [CHUNK * LIMITS.attachmentChunks, LIMITS.attachmentChunks],
  ] as const) {
    assert.is(chunkCount(size), count);
    const lengths = Array.from({ length: count }, (_, index) => chunkLength(size, index));
    assert.is(
      lengths.reduce((sum, length) => sum + length, 0),
      size,
    );
    assert.ok(lengths.slice(0, -1).every((length) => length === CHUNK));
  }
  for (const size of [0, 1, 16, CHUNK + 1, CHUNK + 16])
    assert.is(
      fault(() => chunkCount(size)),
      'shape',
      `${size}`,
    );
  assert.is(
    fault(() => chunkCount(CHUNK * LIMITS.attachmentChunks + 17)),
    'too-large',
  );
});

test('[F1] the largest content fits, sealed', () => {
  const content = CHUNK - 16;
  const count = Math.ceil(LIMITS.attachmentBytes / content);
  assert.is(chunkCount(LIMITS.attachmentBytes + 16 * count), LIMITS.attachmentChunks);
});

test('[F2] an id follows size, chunks and their order', () => {
  const [a, b] = [createHash('sha256').update('a').digest(), createHash('sha256').update('b').digest()];
  const id = (size: number, hashes: readonly Uint8Array[]) =>
    attachmentIdFromBytes(createHash('sha256').update(attachmentPreimage(size, hashes)).digest());
  const ids = [id(CHUNK + 17, [a, b]), id(CHUNK + 17, [b, a]), id(CHUNK + 18, [a, b]), id(17, [a])];
  assert.is(new Set(ids).size, ids.length);
  const byHand = createHash('sha256')
    .update('Sotto attachment v1')
    .update(Buffer.from('0000000000040011', 'hex'));
  assert.is(ids[0], byHand.update(a).update(b).digest('base64url'));
});

test('[D5] an attachment id has one spelling', () => {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const id = attachmentIdFromBytes(bytes);
  assert.equal(attachmentIdBytes(parseAttachmentId(id)), bytes);
  for (const wrong of [
    '',
    id.slice(1),
    `${id}A`,
    `${id.slice(0, 42)}B`,
    `${id.slice(0, 42)}=`,
    ` ${id.slice(1)}`,
  ])
    assert.is(
      fault(() => parseAttachmentId(wrong)),
      'base64url',
      wrong,
    );
});

test.run();
