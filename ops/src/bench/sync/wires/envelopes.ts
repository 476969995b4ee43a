import { type DocumentName, encodeStruct, joinUpdate, type LogRecord, parseUpdate } from '@sotto/protocol';
import { ENVELOPE_BYTES } from './wire.js';

/** An answer of any size: these servers have no segments. */
const ANY = { clients: 1_000_000, structs: 10_000_000, envelopeBytes: 65_536 };

/** An envelope with a number in its first eight bytes; the rest stands for what is sealed. */
export function numbered(number: number): Uint8Array {
  const envelope = new Uint8Array(ENVELOPE_BYTES).fill(number & 0xff);
  new DataView(envelope.buffer).setFloat64(0, number);
  return envelope;
}

/** The struct of a feed that holds such an envelope. */
export function numberedRecord(
  document: DocumentName,
  place: { readonly root: string; readonly client: number; readonly clock: number },
  number: number,
): LogRecord {
  const { root, client, clock } = place;
  return { document, client, clock, body: encodeStruct(root, client, clock, numbered(number)) };
}

/** One envelope as a Yjs update. */
export function numberedUpdate(...given: Parameters<typeof numberedRecord>): Uint8Array {
  return joinUpdate([numberedRecord(...given)]);
}

/** Calls back with the number of every envelope in an update. */
export function eachNumber(
  update: Uint8Array,
  document: DocumentName,
  tell: (number: number, client: number) => void,
): void {
  for (const { client, structs } of parseUpdate(update, document, ANY)) {
    for (const { envelope } of structs)
      tell(new DataView(envelope.buffer, envelope.byteOffset).getFloat64(0), client);
  }
}
