import type { AttachmentId, ConversationId } from '@sotto/protocol';
import type { AttachmentReference } from '../../conversation/attachment-reference.js';

/** Files that messages speak of. */
export interface AttachmentCalls {
  /**
   * Seals a file on this device, for a message in this conversation; resolves when what was sealed is durable here. `send` names it
   * by its id. One that no message names goes when the engine starts anew.
   * @param input `name` without a path; `type` a media type in lower case without parameters, `application/octet-stream` where there is none
   * @throws `attachment/too-large` (26,214,400 bytes at most), `client/attachment-invalid` (name, type), `client/file-unreadable`
   */
  attach(input: {
    conversation: ConversationId;
    file: Blob;
    name: string;
    type: string;
  }): Promise<{ attachment: AttachmentReference }>;
  /** Gives up a file that no message names yet. One of a queued message goes with it: `discard`. */
  detach(input: { attachment: AttachmentId }): Promise<void>;
  /**
   * The whole file, checked. Its type is its author's word: never show it as a page.
   * @throws `client/attachment-damaged`, `attachment/unknown`, `attachment/incomplete`, `sync/not-a-member`, `service/unavailable`
   */
  openAttachment(input: { conversation: ConversationId; attachment: AttachmentReference }): Promise<Blob>;
  /** A part of it, from one byte up to before another: only the chunks that it lies in are asked for. As {@link openAttachment}. */
  readAttachment(input: {
    conversation: ConversationId;
    attachment: AttachmentReference;
    from: number;
    to: number;
  }): Promise<Uint8Array>;
  /** Gives up what is being read of it: those calls fail with `service/unavailable`. */
  cancelOpening(input: { attachment: AttachmentId }): Promise<void>;
  /** What this account's attachments take on the server and what they may, bytes. */
  attachmentUsage(): Promise<{ used: number; quota: number }>;
}
