import type { AttachmentId, ConversationId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { AttachmentReference } from '../../conversation/attachment-reference.js';
import type { Outbox, OutboxEntry } from '../../sync/outbox.js';
import type { AttachedFile, AttachedFiles } from '../context/attached-files.js';
import type { DeviceContext } from '../context/device-context.js';

type Sealed = AttachedFile & { readonly reference: AttachmentReference };
/** Makes a message and queues it by `write`. */
type Say = (files: readonly AttachmentReference[], write: Outbox['add']) => Promise<OutboxEntry>;

/**
 * Queues a message that speaks of files: in one write it and whose they are.
 * @throws ProtocolError `client/file-unreadable`, `client/attachment-invalid` for too many
 */
export async function queueWithFiles(
  { attached, outbox }: DeviceContext,
  conversation: ConversationId,
  ids: readonly AttachmentId[],
  say: Say,
): Promise<OutboxEntry> {
  const files = ids.map((id) => attachedAs(attached.files, conversation, id));
  const references = files.map(({ reference }) => reference);
  let queued: OutboxEntry | undefined;
  return say(references, async (message) => {
    await attached.files!.put(
      files.map((file) => ({ ...file, event: message.event })),
      async (others) => {
        queued = await outbox.add(message, others);
      },
    );
    return queued!;
  });
}

/** Forgets a message that never left, and in the same write that its files are wanted. */
export async function discardWithFiles(
  { outbox, uploadFiles }: DeviceContext,
  files: AttachedFiles,
  entry: OutboxEntry,
): Promise<void> {
  const own = files.of(entry.event);
  await files.put(
    own.map((file) => ({ ...file, state: 'dropped' as const })),
    (others) => outbox.remove([entry], others),
  );
  if (own.length > 0) uploadFiles();
}

/** A file that was attached in this conversation and belongs to no message yet. */
function attachedAs(
  files: AttachedFiles | undefined,
  conversation: ConversationId,
  id: AttachmentId,
): Sealed {
  for (const { reference, ...file } of files?.all() ?? [])
    if (reference?.id === id && file.conversation === conversation && !file.event && file.state === 'sealed')
      return { ...file, reference };
  throw new ProtocolError('client/file-unreadable', { detail: 'not attached' });
}
