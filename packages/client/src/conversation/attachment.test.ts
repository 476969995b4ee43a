import { encodeCbor, fromBase64url, LIMITS, toBase64url } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AttachmentChunks, attachmentIdOf, chunkHash, isChunk } from './attachment-chunks.js';
import { type AttachmentReference, isAttachmentName, isMediaType } from './attachment-reference.js';
import { CHUNK_CONTENT_BYTES, paddedSize, sealedSize } from './attachment-size.js';
import { isConversationError } from './errors.js';
import { createMessage, decodeEvent, encodeEvent } from './event.js';
import { encodeText } from './text.js';

const test = suite('attachment');
const random = (length: number) => {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
};

async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
  } catch (error) {
    if (isConversationError(error)) return error.code;
    throw error;
  }
  return undefined;
}

async function sealAll(chunks: AttachmentChunks, file: Uint8Array): Promise<Uint8Array[]> {
  const sealed: Uint8Array[] = [];
  for (let index = 0; index < chunks.count; index += 1) {
    const { from, to } = chunks.range(index);
    sealed.push(await chunks.seal(index, file.subarray(from, to)));
  }
  return sealed;
}

test('X23 sizes grow by at most 12 %, and few of them are left', () => {
  // Worked by hand from the paper's algorithm.
  for (const [size, padded] of [
    [0, 1_024],
    [1_024, 1_024],
    [1_025, 1_088],
    [9_000, 9_216],
    [262_128, 262_144],
    [1_000_000, 1_015_808],
    [LIMITS.attachmentBytes, LIMITS.attachmentBytes],
  ] as const)
    assert.is(paddedSize(size), padded, `${size}`);
  const seen = new Set<number>();
  for (let size = 1_024; size <= LIMITS.attachmentBytes; size = Math.ceil(size * 1.0007)) {
    const padded = paddedSize(size);
    assert.ok(padded >= size && padded <= size * 1.12, `${size}`);
    assert.is(paddedSize(padded), padded);
    seen.add(padded);
  }
  assert.ok(seen.size < 450, `${seen.size}`);
});

test('X23, F1 a file comes back, chunk by chunk and whole', async () => {
  for (const size of [
    0,
    1,
    1_024,
    CHUNK_CONTENT_BYTES - 1,
    CHUNK_CONTENT_BYTES,
    CHUNK_CONTENT_BYTES + 1,
    600_000,
  ]) {
    const file = random(size);
    const chunks = await AttachmentChunks.with(random(32), size);
    const sealed = await sealAll(chunks, file);
    assert.is(
      sealed.reduce((sum, { length }) => sum + length, 0),
      sealedSize(size),
    );
    assert.ok(sealed.slice(0, -1).every(({ length }) => length === LIMITS.attachmentChunkBytes));
    const opened = await Promise.all(sealed.map((bytes, index) => chunks.open(index, bytes)));
    assert.is(Buffer.compare(Buffer.concat(opened), file), 0, `${size}`);
  }
  const most = await AttachmentChunks.with(random(32), LIMITS.attachmentBytes);
  assert.is(most.count, LIMITS.attachmentChunks);
});

test('X23 a chunk that is moved, repeated, cut off, changed or of another file does not open', async () => {
  const size = 3 * CHUNK_CONTENT_BYTES;
  const [one, other] = [
    await AttachmentChunks.with(random(32), size),
    await AttachmentChunks.with(random(32), size),
  ];
  const sealed = await sealAll(one, random(size));
  const foreign = await sealAll(other, random(size));
  const last = one.count - 1;
  assert.is(await codeOf(() => one.open(0, sealed[0]!)), undefined);
  for (const [index, bytes] of [
    [0, sealed[1]!],
    [1, sealed[0]!],
    [last, sealed[0]!],
    [0, foreign[0]!],
    [0, sealed[0]!.subarray(0, 1_000)],
    [0, sealed[0]!.subarray(0, 8)],
    [0, Uint8Array.from(sealed[0]!, (byte, at) => (at === 77 ? byte ^ 1 : byte))],
  ] as const)
    assert.is(await codeOf(() => one.open(index, bytes)), 'conversation/forged');
});

test('X23 what is cut off does not pass for a shorter file', async () => {
  const key = random(32);
  const size = 3 * CHUNK_CONTENT_BYTES;
  const long = await AttachmentChunks.with(key, size);
  const sealed = await sealAll(long, random(size));
  const short = await AttachmentChunks.with(key, 2 * CHUNK_CONTENT_BYTES - 20_000);
  assert.is(short.count, 2);
  assert.is(await codeOf(() => short.open(1, sealed[1]!)), 'conversation/forged', 'not sealed as the last');
});

test('X23 behind the file are zeros', async () => {
  const key = random(32);
  const full = await AttachmentChunks.with(key, 1_024);
  const [sealed] = await sealAll(full, random(1_024));
  const less = await AttachmentChunks.with(key, 1_000);
  assert.is(await codeOf(() => less.open(0, sealed!)), 'conversation/malformed');
});

test('F2 an id names each chunk in its place', async () => {
  const hashes = await Promise.all([1, 2].map((n) => chunkHash(Uint8Array.of(n))));
  const id = await attachmentIdOf(262_200, hashes);
  assert.is.not(id, await attachmentIdOf(262_200, [...hashes].reverse()));
  assert.is.not(id, await attachmentIdOf(262_201, hashes));
  assert.ok(await isChunk(Uint8Array.of(1), hashes[0]));
  assert.not(await isChunk(Uint8Array.of(2), hashes[0]));
  assert.not(await isChunk(Uint8Array.of(2), undefined));
});

const clock = { wall: 1_760_000_000_000, counter: 3 };
const reference = (): AttachmentReference => ({
  id: toBase64url(random(32)) as AttachmentReference['id'],
  key: toBase64url(random(32)),
  size: 25,
  type: 'image/svg+xml',
  name: 'Übersicht (2).svg',
});

test('X4, X23 a message speaks of attachments, and one without is as it was', () => {
  const attachments = [reference(), reference()];
  const event = createMessage({ text: '', clock, attachments });
  assert.equal(decodeEvent(encodeEvent(event)), event);
  const plain = createMessage({ text: 'hi', clock });
  assert.equal(Object.keys(plain.body), ['text']);
  assert.equal(
    encodeEvent(createMessage({ text: 'hi', clock, id: plain.id, attachments: [] })),
    encodeEvent(plain),
  );
});

test('X23 fields of later programs are passed over; what no program writes is refused', async () => {
  const { id, key, ...rest } = reference();
  const map = { id: fromBase64url(id), key: fromBase64url(key), ...rest };
  const decode = (...attachments: unknown[]) =>
    decodeEvent(encodeCbor([new Uint8Array(16), 'message', [1, 2], { text: encodeText('x'), attachments }]));
  const read = decode({ ...map, width: 4, thumbnail: new Uint8Array(3) });
  assert.equal(read.type === 'message' && read.body.attachments, [{ id, key, ...rest }]);
  for (const wrong of [
    { ...map, id: map.id.subarray(1) },
    { ...map, key: map.key.subarray(1) },
    { ...map, size: LIMITS.attachmentBytes + 1 },
    { ...map, size: -1 },
    { ...map, type: 'image' },
    { ...map, type: 'text/html; charset=x' },
    { ...map, name: '' },
    { ...map, name: '../x' },
    { ...map, name: 'a\\b' },
    { ...map, name: 'x\u202egnp.exe' },
    { ...map, name: 'a\nb' },
    { ...map, name: 'x'.repeat(256) },
    { id: map.id },
  ])
    assert.is(await codeOf(() => decode(wrong)), 'conversation/malformed', JSON.stringify(wrong));
  assert.is(await codeOf(() => decode()), 'conversation/malformed', 'none');
  assert.is(await codeOf(() => decode(...Array(11).fill(map))), 'conversation/malformed', 'too many');
  assert.ok(isAttachmentName('photo 1.jpeg') && !isAttachmentName('a/b'));
  assert.ok(isMediaType('application/octet-stream') && !isMediaType(''));
});

test.run();
