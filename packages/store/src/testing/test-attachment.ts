import { randomBytes } from 'node:crypto';
import type { AccountId, AttachmentId, ConversationId } from '@sotto/protocol';
import { attachmentIdFromBytes, attachmentPreimage, LIMITS, randomId } from '@sotto/protocol';
import type { Asked, Attachments, Manifest } from '../attachments/attachments.js';
import { sha256 } from '../attachments/sealed-size.js';

/** Random bytes in chunks, named as SPEC F2 says: what a sealed attachment is to a server. */
export class TestAttachment {
  readonly chunks: readonly Uint8Array[];
  readonly manifest: Manifest;
  readonly id: AttachmentId;
  readonly asked: Asked;

  /** @param size sealed bytes */
  constructor(size: number, account = randomId<AccountId>(), conversation = randomId<ConversationId>()) {
    const bytes = randomBytes(size);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < size; at += LIMITS.attachmentChunkBytes)
      chunks.push(new Uint8Array(bytes.subarray(at, at + LIMITS.attachmentChunkBytes)));
    this.chunks = chunks;
    this.manifest = { size, chunks: chunks.map((chunk) => new Uint8Array(sha256(chunk))) };
    const preimage = attachmentPreimage(size, this.manifest.chunks);
    this.id = attachmentIdFromBytes(new Uint8Array(sha256(preimage)));
    this.asked = { conversation, attachment: this.id, account };
  }

  /** As another account of the conversation asks for it. */
  get readByAnother(): Asked {
    return { ...this.asked, account: randomId<AccountId>() };
  }

  /** Begins or goes on, and writes what is missing. @returns how many chunks were written */
  async upload(attachments: Attachments): Promise<number> {
    const missing = await attachments.begin(this.asked, this.manifest);
    for (const index of missing) await attachments.put(this.asked, index, this.chunks[index]!);
    return missing.length;
  }

  /** Whether somebody else gets all of it, byte for byte. */
  async isReadable(attachments: Attachments): Promise<boolean> {
    const reader = this.readByAnother;
    const { chunks } = await attachments.manifest(reader);
    if (chunks.length !== this.chunks.length) return false;
    for (const [index, chunk] of this.chunks.entries())
      if (Buffer.compare(await attachments.chunk(reader, index), chunk) !== 0) return false;
    return true;
  }
}
