import type { GenericSchema, InferOutput } from 'valibot';
import { safeParse } from 'valibot';
import { DecodeError } from '../errors/decode-error.js';
import { readCbor } from './cbor-reader.js';
import { writeCbor } from './cbor-writer.js';

/**
 * Encodes deterministically (RFC 8949 section 4.2.3: shortest forms, map keys by length, then bytes).
 *
 * Sotto's CBOR (D6) is so much less than CBOR that its own reader and writer are a tenth of a library's, and refuse
 * by themselves what a library had to be told to; the library is what the tests hold them to.
 * @param value of null, booleans, integers of up to 53 bits, texts, bytes, arrays and plain objects
 * @throws TypeError for anything else
 */
export function encodeCbor(value: unknown): Uint8Array<ArrayBuffer> {
  return writeCbor(value);
}

/**
 * Decodes CBOR and checks its shape.
 * @param schema what the value must be; unknown map keys are kept or dropped as the schema says
 * @throws DecodeError `shape`, or what is wrong with the bytes
 */
export function decodeCbor<const S extends GenericSchema>(schema: S, bytes: Uint8Array): InferOutput<S> {
  const result = safeParse(schema, readCbor(bytes));
  if (!result.success) throw new DecodeError('shape');
  return result.output;
}
