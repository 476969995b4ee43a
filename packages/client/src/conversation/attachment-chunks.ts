import type { AttachmentId } from '@sotto/protocol';
import { ATTACHMENT_ID_BYTES, attachmentIdFromBytes, attachmentPreimage, chunkCount } from '@sotto/protocol';
import { importAesGcmKey } from '../crypto/aes-gcm.js';
import { CHUNK_CONTENT_BYTES, paddedSize, sealedSize } from './attachment-size.js';
import { ConversationError } from './errors.js';
import { equalBytes } from './hash.js';

const LABEL = new TextEncoder().encode('Sotto attachment v1');
const NONCE_BYTES = 12;

/**
 * Seals and opens the chunks of one attachment (SPEC X23): STREAM of Hoang, Reyhanitabar, Rogaway and Vizár ("Online Authenticated-Encryption
 * and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015) over AES-256-GCM. A chunk's number and whether it is the last are in its nonce, so
 * that none can be left out, moved, repeated or taken from elsewhere, and each opens by itself.
 */
export class AttachmentChunks {
  /** Of the content, bytes. */
  readonly size: number;
  readonly sealedSize: number;
  readonly count: number;
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey, size: number) {
    this.#key = key;
    this.size = size;
    this.sealedSize = sealedSize(size);
    this.count = chunkCount(this.sealedSize);
  }

  /**
   * @param key 32 bytes, never used for another content: sealing anew, be it the same file, takes a fresh one
   * @param size of the content, bytes
   * @throws DecodeError `too-large`
   */
  static async with(key: Uint8Array, size: number): Promise<AttachmentChunks> {
    return new AttachmentChunks(await importAesGcmKey(key), size);
  }

  /** Where the content of a chunk begins and ends in the file, without the padding. */
  range(index: number): { readonly from: number; readonly to: number } {
    const from = Math.min(this.size, index * CHUNK_CONTENT_BYTES);
    return { from, to: Math.min(this.size, from + CHUNK_CONTENT_BYTES) };
  }

  /** @param content of {@link range}'s length */
  async seal(index: number, content: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const padded = new Uint8Array(this.#paddedLength(index));
    padded.set(content);
    return new Uint8Array(await crypto.subtle.encrypt(this.#algorithm(index), this.#key, padded));
  }

  /**
   * @returns the chunk's content without its padding
   * @throws ConversationError `conversation/forged` where it is not this attachment's chunk, `conversation/malformed` for another padding
   */
  async open(index: number, sealed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const padded = await this.#decrypt(index, sealed);
    const { from, to } = this.range(index);
    if (padded.length !== this.#paddedLength(index) || padded.subarray(to - from).some((byte) => byte !== 0))
      throw new ConversationError('conversation/malformed', 'attachment padding');
    return padded.subarray(0, to - from);
  }

  async #decrypt(index: number, sealed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return new Uint8Array(
        await crypto.subtle.decrypt(this.#algorithm(index), this.#key, sealed as BufferSource),
      );
    } catch {
      throw new ConversationError('conversation/forged', 'attachment chunk');
    }
  }

  #paddedLength(index: number): number {
    return Math.min(CHUNK_CONTENT_BYTES, paddedSize(this.size) - index * CHUNK_CONTENT_BYTES);
  }

  #algorithm(index: number): AesGcmParams {
    const iv = new Uint8Array(NONCE_BYTES);
    const view = new DataView(iv.buffer);
    view.setUint32(NONCE_BYTES - 5, index);
    view.setUint8(NONCE_BYTES - 1, index === this.count - 1 ? 1 : 0);
    return { name: 'AES-GCM', iv, additionalData: LABEL };
  }
}

/** SHA-256 of a chunk. */
export async function chunkHash(sealed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', sealed as BufferSource));
}

/** The id of an attachment with these chunks (SPEC F2). */
export async function attachmentIdOf(size: number, hashes: readonly Uint8Array[]): Promise<AttachmentId> {
  return attachmentIdFromBytes(await chunkHash(attachmentPreimage(size, hashes)));
}

/** Whether a sealed chunk is the one that the list names. */
export async function isChunk(sealed: Uint8Array, hash: Uint8Array | undefined): Promise<boolean> {
  return hash?.length === ATTACHMENT_ID_BYTES && equalBytes(await chunkHash(sealed), hash);
}
