import type { EventId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, idBytes, randomId, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { type AttachmentReference, attachmentsField, encodeReference } from './attachment-reference.js';
import { type Clock, clockField, clockTuple } from './clock.js';
import { ConversationError, parsing } from './errors.js';
import { deviceField, eventIdField, typeField, uint32Field } from './fields.js';
import { shortHash } from './hash.js';
import { decodeText, encodeText } from './text.js';
import type { Watermark } from './watermarks.js';

/** Largest encoded event; with its binding it fits the largest bucket. */
export const MAX_EVENT_BYTES = 64_000;
/** Most feeds one receipt speaks of. */
export const MAX_WATERMARKS = 1_024;

interface Said {
  readonly id: EventId;
  readonly clock: Clock;
}

/** Somebody wrote a text, or attached files, or both. */
export interface MessageEvent extends Said {
  readonly type: 'message';
  readonly body: { readonly text: string; readonly attachments?: readonly AttachmentReference[] };
}

/** How far a device has come in the feeds of others. Cumulative: the newest says all. */
export interface ReceiptEvent extends Said {
  readonly type: 'receipt';
  readonly body: { readonly watermarks: readonly Watermark[] };
}

/** What a later program wrote: kept as bytes, skipped by folds. */
export interface UnknownEvent extends Said {
  readonly type: 'unknown';
  /** The type it was written under. */
  readonly name: string;
}

/** What an author says, as SPEC X4 encodes it: id, type, clock, body. */
export type Event = MessageEvent | ReceiptEvent | UnknownEvent;

/**
 * A message event.
 * @throws ConversationError `conversation/text-malformed`, `conversation/text-too-long`
 */
export function createMessage(input: {
  text: string;
  clock: Clock;
  id?: EventId;
  attachments?: readonly AttachmentReference[];
}): MessageEvent {
  encodeText(input.text);
  return {
    id: input.id ?? randomId<EventId>(),
    type: 'message',
    clock: input.clock,
    body: { text: input.text, ...(input.attachments?.length && { attachments: input.attachments }) },
  };
}

/** @throws ConversationError `conversation/too-large` with more than {@link MAX_WATERMARKS} */
export function createReceipt(input: {
  watermarks: readonly Watermark[];
  clock: Clock;
  id?: EventId;
}): ReceiptEvent {
  if (input.watermarks.length > MAX_WATERMARKS)
    throw new ConversationError('conversation/too-large', 'watermarks');
  return {
    id: input.id ?? randomId<EventId>(),
    type: 'receipt',
    clock: input.clock,
    body: { watermarks: input.watermarks },
  };
}

const sequence = v.union([schemas.count, v.literal(-1)]);

const messageBody = v.pipe(
  v.object({ text: v.instance(Uint8Array), attachments: attachmentsField }),
  v.transform(({ text, attachments }) => ({ text: decodeText(text), ...(attachments && { attachments }) })),
);

const receiptBody = v.object({
  watermarks: v.pipe(
    v.array(
      v.pipe(
        v.strictTuple([deviceField, uint32Field, sequence, sequence]),
        v.check(([, , delivered, read]) => read <= delivered, 'read but not delivered'),
        v.transform(
          ([device, generation, delivered, read]): Watermark => ({ device, generation, delivered, read }),
        ),
      ),
    ),
    v.maxLength(MAX_WATERMARKS),
  ),
});

function isMap(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

const envelopeOfEvent = v.strictTuple([
  eventIdField,
  typeField,
  clockField,
  v.pipe(v.unknown(), v.check(isMap, 'not a map')),
]);

/** @throws ConversationError as {@link createMessage} and {@link createReceipt} do */
export function encodeEvent(event: MessageEvent | ReceiptEvent): Uint8Array<ArrayBuffer> {
  return encodeCbor([idBytes(event.id), event.type, clockTuple(event.clock), encodeBody(event)]);
}

function encodeBody(event: MessageEvent | ReceiptEvent): unknown {
  if (event.type === 'message') {
    const { text, attachments } = event.body;
    return {
      text: encodeText(text),
      ...(attachments && { attachments: attachments.map(encodeReference) }),
    };
  }
  return {
    watermarks: event.body.watermarks.map((mark) => [
      idBytes(mark.device),
      mark.generation,
      mark.delivered,
      mark.read,
    ]),
  };
}

/**
 * Reads an event. A type that this program does not know is `unknown`: keep its bytes, skip its meaning.
 * @throws ConversationError `conversation/malformed`, `conversation/text-too-long`, `conversation/too-large`
 */
export function decodeEvent(bytes: Uint8Array): Event {
  if (bytes.length > MAX_EVENT_BYTES) throw new ConversationError('conversation/too-large', 'event');
  return parsing('event', () => {
    const [id, type, clock, body] = decodeCbor(envelopeOfEvent, bytes);
    if (type === 'message') return { id, type, clock, body: shaped(messageBody, body) };
    if (type === 'receipt') return { id, type, clock, body: shaped(receiptBody, body) };
    return { id, type: 'unknown', name: type, clock };
  });
}

function shaped<const S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (!result.success) throw new ConversationError('conversation/malformed', 'event body');
  return result.output;
}

/** The 16 bytes by which an author's next event in the same log names this one (SPEC X4). */
export function eventHash(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return shortHash(bytes);
}
