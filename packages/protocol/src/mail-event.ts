import * as v from 'valibot';
import { decodeCbor, encodeCbor } from './bytes/cbor.js';

const mailEvent = v.strictObject({
  v: v.literal(1),
  to: v.string(),
  template: v.picklist(['sign-up', 'already-registered', 'reset', 'no-account']),
  /** Where the mail's one button leads. A secret stands in its fragment only. */
  link: v.string(),
});

/** A mail to send, as a durable claim under `mail:`; the part of the key behind that names it for good. */
export type MailEvent = v.InferOutput<typeof mailEvent>;
export type MailTemplate = MailEvent['template'];

export function encodeMailEvent(event: MailEvent): Uint8Array<ArrayBuffer> {
  return encodeCbor(event);
}

/** @throws DecodeError */
export function decodeMailEvent(bytes: Uint8Array): MailEvent {
  return decodeCbor(mailEvent, bytes);
}
