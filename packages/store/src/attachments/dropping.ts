import type { AccountId, ConversationId } from '@sotto/protocol';
import type { Claim, ClaimStore } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import type { Due, Upload } from './attachment-claims.js';
import {
  decodeUpload,
  decodeUse,
  dueKey,
  encodeDue,
  uploadKey,
  uploadPrefix,
  usePrefix,
  withoutChunks,
} from './attachment-claims.js';

/**
 * Ends an upload for good: from here on nobody can read it. What it left is deleted by `Attachments.sweep`, on whichever server; a crash
 * between the two steps leaves an upload that the sweep ends.
 * @param standing the upload's claim, where it still has one
 * @param now milliseconds since 1970
 */
export async function dropUpload(
  claims: ClaimStore,
  upload: Upload,
  standing: Claim | undefined,
  now: number,
): Promise<Due> {
  const due: Due = { at: now, upload, dropped: true };
  await claims.own(dueKey(now, upload), encodeDue(due)).catch((error: unknown) => {
    // Dropped by two at the same moment.
    if (!(error instanceof ClaimTakenError)) throw error;
  });
  if (standing) await claims.remove(standing.key, standing);
  return due;
}

/**
 * Drops everything that a conversation holds: for its erasure. Needs no chunk store, so whichever server erases can do it; any number of times.
 * @returns how many were dropped now
 */
export async function dropAttachmentsOfConversation(
  claims: ClaimStore,
  conversation: ConversationId,
  now: number,
): Promise<number> {
  const standing = await claims.list({ prefix: uploadPrefix(conversation) });
  for (const claim of standing) await dropUpload(claims, withoutChunks(decodeUpload(claim.body)), claim, now);
  return standing.length;
}

/**
 * Drops everything that an account uploaded, in whatever conversation: for its erasure. As {@link dropAttachmentsOfConversation}.
 * @returns how many were dropped now
 */
export async function dropAttachmentsOfAccount(
  claims: ClaimStore,
  account: AccountId,
  now: number,
): Promise<number> {
  const uses = await claims.list({ prefix: usePrefix(account) });
  for (const { body } of uses) {
    const upload = decodeUse(body);
    const claim = await claims.get(uploadKey(upload));
    const isThis = claim && decodeUpload(claim.body).upload === upload.upload;
    await dropUpload(claims, upload, isThis ? claim : undefined, now);
  }
  return uses.length;
}

/** How many uploads of an account are not deleted yet, dropped ones among them. */
export async function attachmentsLeftOfAccount(claims: ClaimStore, account: AccountId): Promise<number> {
  return (await claims.list({ prefix: usePrefix(account) })).length;
}
