import { createHash } from 'node:crypto';
import {
  type AttachmentId,
  attachmentIdFromBytes,
  attachmentPreimage,
  chunkCount,
  DecodeError,
  ProtocolError,
} from '@sotto/protocol';

/** How many chunks an upload of this size has. */
export function chunksOf({ size }: { readonly size: number }): number {
  return chunkCount(size);
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/**
 * Makes sure that an id is that of these chunks (SPEC F1, F2).
 * @throws ProtocolError `attachment/too-large`, `attachment/mismatch`
 */
export function assertNames(attachment: AttachmentId, size: number, hashes: readonly Uint8Array[]): void {
  if (countOf(size) !== hashes.length) throw new ProtocolError('attachment/mismatch', { detail: 'chunks' });
  const id = attachmentIdFromBytes(new Uint8Array(sha256(attachmentPreimage(size, hashes))));
  if (id !== attachment) throw new ProtocolError('attachment/mismatch', { detail: 'id' });
}

function countOf(size: number): number {
  try {
    return chunkCount(size);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const code = error.fault === 'too-large' ? 'attachment/too-large' : 'attachment/mismatch';
    throw new ProtocolError(code);
  }
}
