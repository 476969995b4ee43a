import { ConversationError } from './errors.js';

/** The byte that ends the content; only zeros follow it. */
const END = 0x80;

/** The last size leaves room for what a sender-key message adds, within `LIMITS.envelopeBytes`. */
const LAST_SIZE = 65_024;

/**
 * Sizes that sealed plaintexts have, in bytes: one less than 160, 240, 320, 480, ... by steps of 3/2 and 4/3 in turn (SPEC
 * X5). CBC adds at least one byte, so that they fill whole AES blocks; the first holds a short line in 251 bytes.
 */
export const BUCKETS: readonly number[] = (() => {
  const sizes: number[] = [];
  for (let size = 160; size < LAST_SIZE; size *= 2) sizes.push(size, (size * 3) / 2);
  return [...sizes.filter((size) => size < LAST_SIZE), LAST_SIZE].map((size) => size - 1);
})();

/** The bucket for this much content, or undefined if none is large enough. */
export function bucketOf(length: number): number | undefined {
  return BUCKETS.find((size) => size > length);
}

/**
 * Pads to the smallest bucket: the content, 0x80, zeros.
 * @throws ConversationError `conversation/too-large`
 */
export function padToBucket(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = bucketOf(content.length);
  if (size === undefined) throw new ConversationError('conversation/too-large', 'sealed content');
  return padded(content, size);
}

/**
 * Undoes {@link padToBucket}.
 * @returns a view on the content
 * @throws ConversationError `conversation/malformed` unless these are exactly the bytes that padding its content gives
 */
export function unpadBucket(bytes: Uint8Array): Uint8Array {
  const content = unpadded(bytes);
  if (bucketOf(content.length) !== bytes.length) throw malformed();
  return content;
}

/** Pads to the next multiple of `block` bytes, by at least one byte. */
export function padToMultiple(content: Uint8Array, block: number): Uint8Array<ArrayBuffer> {
  return padded(content, nextMultiple(content.length, block));
}

/**
 * Undoes {@link padToMultiple}.
 * @returns a view on the content
 * @throws ConversationError `conversation/malformed`
 */
export function unpadMultiple(bytes: Uint8Array, block: number): Uint8Array {
  const content = unpadded(bytes);
  if (nextMultiple(content.length, block) !== bytes.length) throw malformed();
  return content;
}

function nextMultiple(length: number, block: number): number {
  return (Math.floor(length / block) + 1) * block;
}

function padded(content: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  bytes.set(content);
  bytes[content.length] = END;
  return bytes;
}

function unpadded(bytes: Uint8Array): Uint8Array {
  const end = bytes.findLastIndex((byte) => byte !== 0);
  if (end < 0 || bytes[end] !== END) throw malformed();
  return bytes.subarray(0, end);
}

function malformed(): ConversationError {
  return new ConversationError('conversation/malformed', 'padding');
}
