import { fromBase64url, toBase64url } from './bytes/base64url.js';
import { ByteWriter } from './bytes/writer.js';
import { DecodeError } from './errors/decode-error.js';
import { LIMITS } from './limits.js';

/** SHA-256 of what an attachment's sealed chunks are (SPEC F2), in base64url: 43 characters. */
export type AttachmentId = string & { readonly __brand: 'attachment' };

export const ATTACHMENT_ID_BYTES = 32;
/** What AES-256-GCM adds to each chunk. */
export const CHUNK_TAG_BYTES = 16;
/** 256 bits: of the last character, two are none and must be zero. */
const CANONICAL = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const LABEL = 'Sotto attachment v1';

/** @throws DecodeError when it is not 32 bytes of canonical base64url */
export function parseAttachmentId(text: string): AttachmentId {
  if (!CANONICAL.test(text)) throw new DecodeError('base64url', 'attachment id');
  return text as AttachmentId;
}

/** The id with these 32 bytes. */
export function attachmentIdFromBytes(bytes: Uint8Array): AttachmentId {
  if (bytes.length !== ATTACHMENT_ID_BYTES) throw new RangeError('attachment id: 32 bytes expected');
  return toBase64url(bytes) as AttachmentId;
}

/** The 32 bytes of an id. */
export function attachmentIdBytes(id: AttachmentId): Uint8Array<ArrayBuffer> {
  return fromBase64url(id);
}

/**
 * How many chunks sealed bytes are cut into (SPEC F1).
 * @param size of all sealed chunks together
 * @throws DecodeError `too-large`, or `shape` for a size that no content has: the last chunk would hold nothing
 */
export function chunkCount(size: number): number {
  const count = Math.ceil(size / LIMITS.attachmentChunkBytes);
  if (count > LIMITS.attachmentChunks) throw new DecodeError('too-large', 'attachment');
  if (count < 1 || chunkLength(size, count - 1) <= CHUNK_TAG_BYTES)
    throw new DecodeError('shape', 'attachment size');
  return count;
}

/** Bytes of the sealed chunk at `index`: all but the last are whole. */
export function chunkLength(size: number, index: number): number {
  return Math.min(LIMITS.attachmentChunkBytes, size - index * LIMITS.attachmentChunkBytes);
}

/**
 * What an attachment's id is the SHA-256 of (SPEC F2): so each chunk can be checked by itself, by whoever has no key.
 * @param size of all sealed chunks together
 * @param hashes SHA-256 of each sealed chunk, in order
 */
export function attachmentPreimage(size: number, hashes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(LABEL.length + 8 + hashes.length * 32);
  writer.raw(new TextEncoder().encode(LABEL));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(size));
  writer.raw(length);
  for (const hash of hashes) writer.raw(hash);
  return writer.finish();
}
