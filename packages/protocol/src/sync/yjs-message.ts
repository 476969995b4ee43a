import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import { DecodeError } from '../errors/decode-error.js';

/** The sync messages of y-protocols: step 1 carries a state vector, step 2 and update carry an update. */
export type YjsMessage =
  | { readonly step: 'state-vector'; readonly payload: Uint8Array }
  | { readonly step: 'answer'; readonly payload: Uint8Array }
  | { readonly step: 'update'; readonly payload: Uint8Array };

const STEPS = ['state-vector', 'answer', 'update'] as const;

/** Encodes as y-protocols/sync does. */
export function encodeYjsMessage(message: YjsMessage): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(message.payload.length + 8);
  return writer.varUint(STEPS.indexOf(message.step)).varBytes(message.payload).finish();
}

/** @throws DecodeError */
export function decodeYjsMessage(bytes: Uint8Array): YjsMessage {
  const reader = new ByteReader(bytes);
  const step = STEPS[reader.varUint()];
  if (!step) throw new DecodeError('unknown-type', 'sync step');
  const payload = reader.varBytes();
  reader.end();
  return { step, payload };
}
