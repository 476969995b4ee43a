import type { AccountId, AttachmentId, ConversationId } from '@sotto/protocol';
import {
  attachmentIdBytes,
  attachmentIdFromBytes,
  decodeCbor,
  encodeCbor,
  parseId,
  schemas,
} from '@sotto/protocol';
import * as v from 'valibot';
import type { ChunkPlace } from './chunk-store.js';
import { chunkPlace } from './chunk-store.js';

/*
 * What is known of attachments, as claims: each written once and never changed. Keys and bodies; docs/data.md has the reasons.
 */

/** Uploads, by conversation and attachment. */
export const UPLOADS = 'attachment:';
/** What counts for an account's quota, by account and upload. */
export const USES = 'attachment-use:';
/** Uploads that are to end, by time and upload: what was not confirmed until then, and what was dropped. */
export const DUES = 'attachment-due:';
/** Whether an upload was confirmed or ended, whichever came first, by upload. */
export const FATES = 'attachment-fate:';

const TIME_DIGITS = 15;
const SIZE_BYTES = 8;

/** An attachment of a conversation. */
export interface Named {
  readonly conversation: ConversationId;
  readonly attachment: AttachmentId;
}

/** Somebody uploads an attachment, or has. */
export interface Upload extends Named {
  readonly account: AccountId;
  /** Random: tells it from an earlier upload of the same attachment, whose chunks may just be deleted. */
  readonly upload: string;
  /** Of all sealed chunks, bytes. */
  readonly size: number;
  /** When it ends unless it is confirmed before, milliseconds since 1970. */
  readonly due: number;
}

/** With the SHA-256 of each chunk. */
export interface WholeUpload extends Upload {
  readonly chunks: readonly Uint8Array[];
}

/** An upload that ends at a time. */
export interface Due {
  readonly at: number;
  readonly upload: Upload;
  /** Whatever was confirmed: it was dropped. */
  readonly dropped: boolean;
}

export const uploadPrefix = (conversation: ConversationId) => `${UPLOADS}${conversation}:`;
export const uploadKey = ({ conversation, attachment }: Named) => uploadPrefix(conversation) + attachment;
export const usePrefix = (account: AccountId) => `${USES}${account}:`;
export const useKey = ({ account, upload }: Upload) => usePrefix(account) + upload;
export const dueKey = (at: number, { upload }: Upload) =>
  `${DUES}${String(at).padStart(TIME_DIGITS, '0')}:${upload}`;
export const fateKey = ({ upload }: Upload) => FATES + upload;
export const placeOf = (upload: Upload): ChunkPlace => chunkPlace(upload);

/** When a key of {@link DUES} is due, milliseconds since 1970. */
export function dueAt(key: string): number {
  return Number(key.slice(DUES.length, DUES.length + TIME_DIGITS));
}

export const KEPT = Uint8Array.of(1);
export const ENDED = Uint8Array.of(0);

export function isKept(body: Uint8Array): boolean {
  return body[0] === KEPT[0];
}

const attachment = v.pipe(
  schemas.bytesOf(32),
  v.transform((bytes) => attachmentIdFromBytes(bytes)),
);

const upload = v.strictObject({
  conversation: schemas.conversationId,
  attachment,
  account: schemas.accountId,
  upload: v.string(),
  size: schemas.count,
  due: schemas.count,
});
const wholeUpload = v.strictObject({ ...upload.entries, chunks: v.array(schemas.bytesOf(32)) });
const due = v.strictObject({ at: schemas.count, upload, dropped: v.boolean() });

const plain = ({ attachment, ...rest }: Upload) => ({ ...rest, attachment: attachmentIdBytes(attachment) });

export const encodeUpload = (value: WholeUpload) => encodeCbor(plain(value));
export const decodeUpload = (bytes: Uint8Array): WholeUpload => decodeCbor(wholeUpload, bytes);
export const encodeDue = (value: Due) => encodeCbor({ ...value, upload: plain(value.upload) });
export const decodeDue = (bytes: Uint8Array): Due => decodeCbor(due, bytes);

/** The size comes first, in 8 bytes: thousands are added up. */
export function encodeUse(value: Upload): Uint8Array {
  const rest = encodeCbor(plain(value));
  const bytes = new Uint8Array(SIZE_BYTES + rest.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value.size));
  bytes.set(rest, SIZE_BYTES);
  return bytes;
}

export function decodeUse(bytes: Uint8Array): Upload {
  return decodeCbor(upload, bytes.subarray(SIZE_BYTES));
}

/** Sealed bytes of the upload that a use is of. */
export function useSize(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0));
}

/** Whose a key of {@link USES} is. */
export function parseUseKey(key: string): AccountId {
  return parseId<AccountId>(key.slice(USES.length, key.lastIndexOf(':')));
}

/** The upload without its chunks' hashes. */
export function withoutChunks({ chunks: _, ...rest }: WholeUpload): Upload {
  return rest;
}
