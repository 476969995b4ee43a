import type { ConversationId } from '@sotto/protocol';
import { fromBase64url, ProtocolError } from '@sotto/protocol';
import { AttachmentChunks, attachmentIdOf, isChunk } from '../../conversation/attachment-chunks.js';
import type { AttachmentReference } from '../../conversation/attachment-reference.js';
import { CHUNK_CONTENT_BYTES } from '../../conversation/attachment-size.js';
import { isConversationError } from '../../conversation/errors.js';
import { chunkKey } from '../context/attached-files.js';
import type { DeviceContext } from '../context/device-context.js';
import { AttachmentApi } from './attachment-api.js';

/** Chunks asked for at once. */
const AT_ONCE = 3;
/** Times that a chunk is asked for, and the pause between, milliseconds. */
const TRIES = 3;
const PAUSE_MS = 500;

export interface ToOpen {
  readonly conversation: ConversationId;
  readonly attachment: AttachmentReference;
}

/**
 * Reads a part of an attached file: from this device while it is on its way, else from the server, which is believed nothing.
 * @param range of the file, in bytes; whatever lies in it is asked for and no more than its chunks
 * @throws ProtocolError `client/attachment-damaged`, `attachment/unknown`, `attachment/incomplete`, `sync/not-a-member`,
 * `service/unavailable`
 */
export async function readFile(
  context: DeviceContext,
  { conversation, attachment }: ToOpen,
  range: { readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const chunks = await AttachmentChunks.with(fromBase64url(attachment.key), attachment.size);
  const source =
    ownChunks(context, attachment) ?? (await servedChunks(context, conversation, attachment, chunks, signal));
  const [from, to] = [Math.max(0, range.from), Math.min(attachment.size, range.to)];
  const [first, end] = [Math.floor(from / CHUNK_CONTENT_BYTES), Math.ceil(to / CHUNK_CONTENT_BYTES)];
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let next = first;
  const lane = async () => {
    while (next < end) {
      const index = next;
      next += 1;
      signal.throwIfAborted();
      const content = await open(chunks, index, await source(index));
      const start = chunks.range(index).from;
      parts[index - first] = content.subarray(Math.max(0, from - start), Math.max(0, to - start));
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
  if (signal.aborted) throw new ProtocolError('service/unavailable', { detail: 'cancelled' });
  for (const result of lanes) if (result.status === 'rejected') throw result.reason;
  return parts;
}

type Source = (index: number) => Promise<Uint8Array>;

function ownChunks({ attached, keys }: DeviceContext, { id }: AttachmentReference): Source | undefined {
  const own = attached.files
    ?.all()
    .find(({ reference, state }) => reference?.id === id && state !== 'dropped');
  return (
    own &&
    (async (index) => {
      const bytes = await keys.get(chunkKey(own.file, index));
      if (!bytes) throw new ProtocolError('client/file-unreadable');
      return bytes;
    })
  );
}

/** The list of hashes must give the id that the message names, and each chunk the hash that the list names. */
async function servedChunks(
  context: DeviceContext,
  conversation: ConversationId,
  { id }: AttachmentReference,
  { sealedSize }: AttachmentChunks,
  signal: AbortSignal,
): Promise<Source> {
  const api = new AttachmentApi(context.api, signal);
  const place = { conversation, id };
  const manifest = await again(() => api.manifest(place), signal);
  if (manifest.size !== sealedSize || (await attachmentIdOf(manifest.size, manifest.chunks)) !== id)
    throw new ProtocolError('client/attachment-damaged', { detail: 'list' });
  return async (index) => {
    const sealed = await again(() => api.getChunk(place, index), signal);
    if (!(await isChunk(sealed, manifest.chunks[index])))
      throw new ProtocolError('client/attachment-damaged', { detail: 'hash' });
    return sealed;
  };
}

async function open(chunks: AttachmentChunks, index: number, sealed: Uint8Array) {
  try {
    return await chunks.open(index, sealed);
  } catch (cause) {
    if (isConversationError(cause)) throw new ProtocolError('client/attachment-damaged', { cause });
    throw cause;
  }
}

/** A line that breaks for a moment is no failure. */
async function again<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const passing = error instanceof ProtocolError && error.retry === 'later';
      if (!passing || attempt >= TRIES || signal.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs ?? PAUSE_MS * attempt));
    }
  }
}
