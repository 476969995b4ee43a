import type { AttachmentId } from '@sotto/protocol';
import {
  attachmentIdBytes,
  attachmentIdFromBytes,
  fromBase64url,
  LIMITS,
  schemas,
  toBase64url,
} from '@sotto/protocol';
import * as v from 'valibot';

/** A file that a message speaks of: where it is and what opens it (SPEC X23). Plain data. */
export interface AttachmentReference {
  readonly id: AttachmentId;
  /** 32 bytes in base64url. Whoever has it can read the file. */
  readonly key: string;
  /** Of the file, bytes. */
  readonly size: number;
  /** Media type as its author's device had it: a hint, never to be run or shown as a page. */
  readonly type: string;
  /** As its author named it; no path. */
  readonly name: string;
}

const nameField = v.pipe(
  v.string(),
  // Neither paths nor what turns the direction of writing, by which `exe.gnp` looks like `png.exe`.
  v.regex(/^[^\p{Cc}/\\\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,255}$/u),
);
const typeField = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/),
);
const sizeField = v.pipe(schemas.count, v.maxValue(LIMITS.attachmentBytes));

const reference = v.pipe(
  v.object({
    id: schemas.bytesOf(32),
    key: schemas.bytesOf(32),
    size: sizeField,
    type: typeField,
    name: nameField,
  }),
  v.transform(
    ({ id, key, size, type, name }): AttachmentReference => ({
      id: attachmentIdFromBytes(id),
      key: toBase64url(key),
      size,
      type,
      name,
    }),
  ),
);

/** Of a message's body. */
export const attachmentsField = v.optional(
  v.pipe(v.array(reference), v.minLength(1), v.maxLength(LIMITS.messageAttachments)),
);

/** As a message's body holds it. */
export function encodeReference({ id, key, size, type, name }: AttachmentReference): unknown {
  return { id: attachmentIdBytes(id), key: fromBase64url(key), size, type, name };
}

export function isAttachmentName(name: string): boolean {
  return v.is(nameField, name);
}

export function isMediaType(type: string): boolean {
  return v.is(typeField, type);
}
