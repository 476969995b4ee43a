import * as v from 'valibot';
import { parseAttachmentId } from '../attachments.js';
import { binaryOf, conversationId, count } from '../bytes/schemas.js';
import { LIMITS } from '../limits.js';

const attachmentId = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return parseAttachmentId(dataset.value);
    } catch {
      addIssue({ message: 'not an attachment id' });
      return NEVER;
    }
  }),
);
/** SHA-256 of each sealed chunk, in order. */
const hashes = v.pipe(v.array(binaryOf(32)), v.minLength(1), v.maxLength(LIMITS.attachmentChunks));

/** Of `/sync/attachments/:conversation/:attachment`. */
export const attachmentPath = v.strictObject({ conversation: conversationId, attachment: attachmentId });
/** Of `/sync/attachments/:conversation/:attachment/:chunk`. */
export const chunkPath = v.strictObject({
  ...attachmentPath.entries,
  chunk: v.pipe(
    v.string(),
    v.regex(/^(?:0|[1-9]\d{0,2})$/),
    v.transform(Number),
    v.maxValue(LIMITS.attachmentChunks - 1),
  ),
});

/** `PUT /sync/attachments/:conversation/:attachment`: begins, or goes on. `size` is of all sealed chunks. */
export const beginAttachmentRequest = v.strictObject({ size: count, chunks: hashes });
/** Numbers of the chunks that are not there yet. */
export const beginAttachmentResponse = v.object({
  missing: v.pipe(v.array(count), v.maxLength(LIMITS.attachmentChunks)),
});

/** `GET /sync/attachments/:conversation/:attachment`. */
export const attachmentResponse = v.object({ size: count, chunks: hashes });

/** `GET /sync/attachments`: what the account's attachments take, and what they may. Bytes. */
export const attachmentUsageResponse = v.object({ used: count, quota: count });
