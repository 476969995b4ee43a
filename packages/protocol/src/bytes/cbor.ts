import { decode, encode } from 'cborg';
import type { GenericSchema, InferOutput } from 'valibot';
import { safeParse } from 'valibot';
import { DecodeError } from '../errors/decode-error.js';

const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
} as const;

/** Encodes deterministically (RFC 8949 section 4.2.3: shortest forms, map keys by length, then bytes). */
export function encodeCbor(value: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encode(value));
}

/**
 * Decodes CBOR and checks its shape.
 * @param schema what the value must be; unknown map keys are kept or dropped as the schema says
 * @throws DecodeError `cbor` or `shape`
 */
export function decodeCbor<const S extends GenericSchema>(schema: S, bytes: Uint8Array): InferOutput<S> {
  let value: unknown;
  try {
    value = decode(bytes, STRICT);
  } catch {
    // The decoder's own message may quote input.
    throw new DecodeError('cbor');
  }
  const result = safeParse(schema, value);
  if (!result.success) throw new DecodeError('shape');
  return result.output;
}
