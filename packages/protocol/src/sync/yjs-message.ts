import { ByteReader } from '../bytes/reader.js';
import { ByteWriter, varUintBytes } from '../bytes/writer.js';
import { DecodeError } from '../errors/decode-error.js';

/** The sync messages of y-protocols: step 1 carries a state vector, step 2 and update carry an update. */
export type YjsMessage =
  | { readonly step: 'state-vector'; readonly payload: Uint8Array }
  | { readonly step: 'answer'; readonly payload: Uint8Array }
  | { readonly step: 'update'; readonly payload: Uint8Array };

const STEPS = ['state-vector', 'answer', 'update'] as const;

/** Encodes as y-protocols/sync does. */
export function encodeYjsMessage(message: YjsMessage): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter(yjsMessageBytes(message));
  writeYjsMessage(writer, message);
  return writer.finish();
}

/** Bytes of an encoded message. */
export function yjsMessageBytes({ payload }: YjsMessage): number {
  return 1 + varUintBytes(payload.length) + payload.length;
}

/** Writes what {@link encodeYjsMessage} encodes. */
export function writeYjsMessage(writer: ByteWriter, { step, payload }: YjsMessage): void {
  writer.byte(STEPS.indexOf(step)).varBytes(payload);
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
